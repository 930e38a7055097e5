"""The modules whose weights torch_layers.py writes and check_saved.py reads: name -> how it is made."""

import torch
from torch import nn
from torch.nn.utils import parametrizations


class ResNetBlock(nn.Module):
    def __init__(self, features_in=4, features=6):
        super().__init__()
        self.conv1 = nn.Conv2d(features_in, features, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(features)
        self.conv2 = nn.Conv2d(features, features, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(features)
        self.downsample = nn.Sequential(
            nn.Conv2d(features_in, features, 1, stride=2, bias=False), nn.BatchNorm2d(features)
        )

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.downsample(x))


class LSTMClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.token_embedding = nn.Embedding(11, 4)
        self.lstm = nn.LSTM(4, 5, num_layers=2, bidirectional=True, batch_first=True)
        self.output_proj = nn.Linear(10, 3)

    def forward(self, tokens):
        outputs, _ = self.lstm(self.token_embedding(tokens))
        return self.output_proj(outputs[:, -1])


class ConvClassifier(nn.Module):
    """Flattens what a convolution answers, channels first."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3, padding=1)
        self.head = nn.Linear(3 * 4 * 5, 2)

    def forward(self, x):
        return self.head(torch.relu(self.conv(x)).flatten(1))


class WithEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))
        self.norm = nn.LayerNorm(3)

    def forward(self, x):
        return self.norm(self.encoder(x))


def encoder_layer():
    return nn.TransformerEncoderLayer(8, 2, 12, activation="gelu", batch_first=True)


def spectral(layer):
    """With a power iteration that has come to its end: PyTorch does without a step in evaluation, nnx-js does one."""
    return parametrizations.spectral_norm(layer, n_power_iterations=200)


MODULES = {
    "linear": lambda: nn.Linear(4, 3),
    "linear_no_bias": lambda: nn.Linear(4, 3, bias=False),
    "sequential": lambda: nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3)),
    "conv1d": lambda: nn.Conv1d(3, 4, 3, padding=1),
    "conv2d": lambda: nn.Conv2d(3, 4, (3, 2), stride=2, padding=1),
    "conv2d_groups": lambda: nn.Conv2d(4, 6, 3, groups=2, dilation=2, bias=False),
    "conv2d_depthwise": lambda: nn.Conv2d(4, 4, 3, groups=4),
    "conv3d": lambda: nn.Conv3d(2, 3, (2, 3, 2)),
    "conv_transpose1d": lambda: nn.ConvTranspose1d(3, 4, 4, stride=3),
    "conv_transpose2d": lambda: nn.ConvTranspose2d(3, 4, (3, 2), stride=2, padding=1, output_padding=1),
    "conv_transpose2d_dilated": lambda: nn.ConvTranspose2d(2, 3, 3, dilation=2, bias=False),
    "conv_transpose3d": lambda: nn.ConvTranspose3d(2, 3, (2, 3, 2), stride=2),
    "batch_norm1d": lambda: nn.BatchNorm1d(4),
    "batch_norm2d": lambda: nn.BatchNorm2d(4),
    "batch_norm_plain": lambda: nn.BatchNorm1d(4, affine=False),
    "embedding": lambda: nn.Embedding(7, 3),
    "layer_norm": lambda: nn.LayerNorm(5),
    "group_norm": lambda: nn.GroupNorm(2, 6),
    "instance_norm": lambda: nn.InstanceNorm2d(3, affine=True),
    "rms_norm": lambda: nn.RMSNorm(5, eps=1e-6),
    "prelu": lambda: nn.PReLU(),
    "lstm": lambda: nn.LSTM(3, 4, batch_first=True),
    "lstm_stack": lambda: nn.LSTM(3, 4, num_layers=2, bidirectional=True, batch_first=True),
    "lstm_cell": lambda: nn.LSTMCell(3, 4),
    "gru": lambda: nn.GRU(3, 4, batch_first=True),
    "gru_stack": lambda: nn.GRU(3, 4, num_layers=3, batch_first=True),
    "gru_bidirectional": lambda: nn.GRU(3, 4, bidirectional=True, batch_first=True),
    "gru_cell": lambda: nn.GRUCell(3, 4),
    "rnn": lambda: nn.RNN(3, 4, batch_first=True),
    "rnn_relu": lambda: nn.RNN(3, 4, num_layers=2, nonlinearity="relu", batch_first=True),
    "rnn_cell": lambda: nn.RNNCell(3, 4),
    "attention": lambda: nn.MultiheadAttention(8, 2, batch_first=True),
    "attention_no_bias": lambda: nn.MultiheadAttention(8, 4, bias=False, batch_first=True),
    "attention_kv": lambda: nn.MultiheadAttention(8, 2, kdim=6, vdim=6, batch_first=True),
    "weight_norm": lambda: parametrizations.weight_norm(nn.Linear(4, 3)),
    "weight_norm_conv": lambda: parametrizations.weight_norm(nn.Conv2d(2, 3, 3)),
    "weight_norm_old": lambda: nn.utils.weight_norm(nn.Linear(4, 3)),
    "spectral_norm": lambda: spectral(nn.Linear(4, 3)),
    "spectral_norm_conv": lambda: spectral(nn.Conv2d(2, 3, 3)),
    "spectral_norm_old": lambda: nn.utils.spectral_norm(nn.Linear(4, 3), n_power_iterations=200),
    "resnet_block": ResNetBlock,
    "transformer_encoder_layer": encoder_layer,
    "lstm_classifier": LSTMClassifier,
    "conv_classifier": ConvClassifier,
    "data_parallel": WithEncoder,
    "compiled": WithEncoder,
    "lstm_no_bias": lambda: nn.LSTM(3, 4, bias=False, batch_first=True),
    "gru_no_bias": lambda: nn.GRU(3, 4, bias=False, batch_first=True),
}

# The shapes of the inputs as PyTorch takes them; tokens are integers below so many.
SHAPES = {
    "linear": [(2, 3, 4)],
    "linear_no_bias": [(2, 4)],
    "sequential": [(2, 4)],
    "conv1d": [(2, 3, 6)],
    "conv2d": [(2, 3, 6, 5)],
    "conv2d_groups": [(1, 4, 7, 6)],
    "conv2d_depthwise": [(1, 4, 5, 4)],
    "conv3d": [(1, 2, 4, 5, 3)],
    "conv_transpose1d": [(2, 3, 4)],
    "conv_transpose2d": [(1, 3, 4, 3)],
    "conv_transpose2d_dilated": [(1, 2, 4, 3)],
    "conv_transpose3d": [(1, 2, 2, 3, 2)],
    "batch_norm1d": [(5, 4)],
    "batch_norm2d": [(2, 4, 3, 2)],
    "batch_norm_plain": [(5, 4)],
    "layer_norm": [(3, 5)],
    "group_norm": [(2, 6, 3, 2)],
    "instance_norm": [(2, 3, 4, 3)],
    "rms_norm": [(3, 5)],
    "prelu": [(3, 4)],
    "lstm_cell": [(2, 3), (2, 4), (2, 4)],
    "gru_cell": [(2, 3), (2, 4)],
    "rnn_cell": [(2, 3), (2, 4)],
    "attention": [(2, 3, 8)],
    "attention_no_bias": [(2, 3, 8)],
    "attention_kv": [(2, 3, 8), (2, 4, 6)],
    "weight_norm": [(2, 4)],
    "weight_norm_conv": [(1, 2, 4, 4)],
    "weight_norm_old": [(2, 4)],
    "spectral_norm": [(2, 4)],
    "spectral_norm_conv": [(1, 2, 4, 4)],
    "spectral_norm_old": [(2, 4)],
    "resnet_block": [(2, 4, 6, 6)],
    "transformer_encoder_layer": [(2, 4, 8)],
    "conv_classifier": [(2, 2, 4, 5)],
    "data_parallel": [(2, 4)],
    "compiled": [(2, 4)],
}
TOKENS = {"embedding": ((2, 3), 7), "lstm_classifier": ((2, 6), 11)}


def inputs_of(name):
    if name in TOKENS:
        shape, count = TOKENS[name]
        return [torch.randint(0, count, shape)]
    return [torch.randn(shape) for shape in SHAPES.get(name, [(2, 5, 3)])]


def call(name, module, inputs):
    """The outputs that are compared: sequences alone, what cells carry as (h, c)."""
    with torch.no_grad():
        if name == "lstm_cell":
            return list(module(inputs[0], (inputs[1], inputs[2])))
        if name.startswith("attention"):
            source = inputs[-1]
            return [module(inputs[0], source, source, need_weights=False)[0]]
        result = module(*inputs)
        return [result[0] if isinstance(result, tuple) else result]


def channels_last(name, tensor):
    """Images with their channels last, as nnx-js has them."""
    is_image = name.startswith(("conv", "batch_norm2d", "group_norm", "instance_norm", "resnet"))
    is_image = is_image or name in ("weight_norm_conv", "spectral_norm_conv")
    return tensor.movedim(1, -1) if is_image and tensor.ndim > 2 else tensor
