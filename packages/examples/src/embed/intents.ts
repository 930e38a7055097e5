/** @file Sentences to a help desk: what each is about, and what its writer wants. */

/** What a writer wants. */
export const INTENTS = ["question", "complaint", "praise", "cancellation"] as const;

/** One sentence of each intent about the same thing, in the order of {@link INTENTS}. */
export type Subject = readonly [question: string, complaint: string, praise: string, cancellation: string];

/** Subjects to learn from, and others to test with. */
export interface SubjectSplit {
  readonly train: readonly Subject[];
  readonly test: readonly Subject[];
}

const LEARNED: readonly Subject[] = [
  [
    "When will my parcel arrive?",
    "The parcel came crushed and half of it was missing.",
    "The parcel arrived a day early, beautifully packed.",
    "Do not send the parcel, I have changed my mind.",
  ],
  [
    "Does the hotel room have a balcony?",
    "Our hotel room smelled of smoke and nobody cleaned it.",
    "What a lovely hotel room, we slept like stones.",
    "We can no longer travel, so please free up our hotel room.",
  ],
  [
    "How long does the battery of these headphones last?",
    "The left side of my headphones went silent after a week.",
    "These headphones sound better than any I ever owned.",
    "I would like to undo my order of the headphones.",
  ],
  [
    "Which fees does the savings account have?",
    "You charged my savings account twice and will not answer.",
    "The savings account was set up in minutes, wonderful service.",
    "Please close my savings account at the end of the month.",
  ],
  [
    "Is the train to Hamburg direct?",
    "The train was two hours late and had no heating.",
    "The train was quiet, clean and right on time.",
    "I have to give back my ticket for the train on Friday.",
  ],
  [
    "What toppings can I have on a large pizza?",
    "The pizza was cold and burnt underneath.",
    "That was the best pizza I have had in years.",
    "Stop the pizza please, we are not at home after all.",
  ],
  [
    "Can I bring my dog to the dentist's waiting room?",
    "The dentist hurt me and would not even apologise.",
    "The dentist was so gentle that I felt nothing at all.",
    "I will not make it to the dentist on Monday, strike me off the list.",
  ],
  [
    "What are the opening hours of the gym?",
    "Half of the machines in the gym are broken.",
    "The trainers in your gym are friendly and really know their job.",
    "I am quitting the gym, end my membership.",
  ],
  [
    "How many suitcases fit in the rental car?",
    "The rental car had bald tyres and a cracked windscreen.",
    "The rental car drove like new, a real pleasure.",
    "We do not need the rental car any more, take us out of the books.",
  ],
  [
    "Where do I find my seat for the concert?",
    "The sound at the concert was awful from start to finish.",
    "The concert gave me goose bumps, thank you so much.",
    "Neither of us can go to the concert, so we are handing back both seats.",
  ],
  [
    "How much memory does this laptop take at most?",
    "The laptop overheats and shuts down in the middle of my work.",
    "I am thrilled with the laptop, it is fast and silent.",
    "Call off the delivery of the laptop, I no longer want it.",
  ],
  [
    "Who may sign the insurance claim for my mother?",
    "You rejected my insurance claim without reading it.",
    "Our insurance claim was paid within two days, hats off.",
    "I withdraw my insurance claim, the neighbour has paid.",
  ],
  [
    "Is the streaming plan the same price for students?",
    "The streaming plan buffers every evening, it is unusable.",
    "I adore the films in your streaming plan.",
    "My streaming plan must not be renewed next month.",
  ],
  [
    "Do you teach the pottery course in English?",
    "The pottery course was chaotic and the clay had run out.",
    "The pottery course was pure joy, our teacher is a gem.",
    "Take my name off the pottery course, I am moving away.",
  ],
  [
    "Which size of the winter jacket fits a ten year old?",
    "The zip of the winter jacket broke on the first day.",
    "The winter jacket is warm, light and gorgeous.",
    "I am returning the winter jacket unopened, refund me.",
  ],
  [
    "Can the electrician come on a Saturday?",
    "The electrician left bare wires hanging from the ceiling.",
    "Your electrician found the fault at once and was charming.",
    "Tell the electrician to stay at home, the lamp works again.",
  ],
  [
    "From which platform does the night bus leave?",
    "The driver of the night bus was rude and drove like a madman.",
    "Travelling by night bus was surprisingly comfortable, five stars.",
    "I will not be on the night bus tomorrow, give my place to somebody else.",
  ],
  [
    "Are there vegan dishes on the wedding menu?",
    "The wedding menu was bland and served an hour late.",
    "All our guests raved about the wedding menu.",
    "The wedding is off, so we no longer need the menu.",
  ],
  [
    "Is the magazine printed on recycled paper?",
    "My magazine is late every single time, and torn.",
    "I read your magazine from cover to cover, what a treat.",
    "This is to end my subscription to the magazine.",
  ],
  [
    "Which floor is the dermatologist on?",
    "The dermatologist kept me waiting for three hours.",
    "The dermatologist took her time and explained everything kindly.",
    "Please delete my appointment with the dermatologist.",
  ],
];

const HELD_BACK: readonly Subject[] = [
  [
    "How many megabytes are in the phone contract?",
    "The phone contract costs twice what you promised me.",
    "The phone contract is excellent value and works everywhere.",
    "I am leaving, terminate my phone contract.",
  ],
  [
    "Which colours does the sofa come in?",
    "The sofa sags and the fabric is coming apart.",
    "We love the sofa, everybody who visits admires it.",
    "Please do not deliver the sofa, we are cancelling the order.",
  ],
  [
    "At what time does the ferry leave?",
    "The ferry was filthy and the crew shouted at us.",
    "What a marvellous crossing, the ferry's crew was delightful.",
    "We will not be taking the ferry, give us our money back.",
  ],
  [
    "Does the washing machine have a wool programme?",
    "The washing machine leaks all over the kitchen floor.",
    "The washing machine is whisper quiet, I am delighted.",
    "Please take the washing machine out of my order.",
  ],
  [
    "Do I need a visa for the safari?",
    "The safari was a rip-off, we saw one tired zebra.",
    "The safari was the most beautiful week of our lives.",
    "We have to drop out of the safari, my husband is ill.",
  ],
  [
    "How old must children be for the swimming lessons?",
    "The swimming lessons are overcrowded and the water is freezing.",
    "My son adores the swimming lessons, brilliant teachers.",
    "My daughter will stop the swimming lessons at the end of May.",
  ],
  [
    "What does a haircut for long hair cost?",
    "The haircut is crooked and I look ridiculous.",
    "I have never had such a great haircut, thank you.",
    "I cannot come for my haircut at noon, please remove the booking.",
  ],
  [
    "Is the museum open on public holidays?",
    "The museum was dark, stuffy and hopelessly overpriced.",
    "The museum enchanted all of us, the guides are superb.",
    "Our class is not coming to the museum, please void the tickets.",
  ],
  [
    "Which documents do I need for the mortgage?",
    "Your adviser lied to us about the mortgage.",
    "Getting the mortgage was easy thanks to your fantastic adviser.",
    "We are withdrawing our application for the mortgage.",
  ],
  [
    "Are the strawberries in the vegetable box organic?",
    "Everything in the vegetable box was mouldy.",
    "The vegetable box is always fresh and full of nice surprises.",
    "No more vegetable boxes from July on, please.",
  ],
];

/** 80 sentences about twenty things to learn from, and 40 about ten other things. */
export const SUBJECTS: SubjectSplit = { train: LEARNED, test: HELD_BACK };
