/** @file Types of pictures. */
import type { Picture } from "../../protocol/events.ts";

/** The picture of one kind. */
export type PictureOf<Kind extends Picture["kind"]> = Extract<Picture, { readonly kind: Kind }>;
