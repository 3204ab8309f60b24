"""The names that a Keras configuration may use. What stands on no list here is refused."""

from __future__ import annotations

from core.vetting.words import words

_KERNEL = (
    "activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer "
    "activity_regularizer kernel_constraint bias_constraint"
)
_LORA = "lora_rank lora_alpha quantization_config"
_CONV = f"filters kernel_size strides padding data_format dilation_rate groups rank {_KERNEL} {_LORA}"
_TRANSPOSED = f"filters kernel_size strides padding output_padding data_format dilation_rate rank {_KERNEL}"
_DEPTHWISE = (
    "kernel_size strides padding depth_multiplier data_format dilation_rate rank groups activation use_bias "
    "depthwise_initializer bias_initializer depthwise_regularizer bias_regularizer activity_regularizer "
    "depthwise_constraint bias_constraint kernel_initializer kernel_regularizer kernel_constraint"
)
_SEPARABLE = f"filters {_DEPTHWISE} pointwise_initializer pointwise_regularizer pointwise_constraint"
_NORM = "axis epsilon center scale beta_initializer gamma_initializer beta_regularizer gamma_regularizer " \
        "beta_constraint gamma_constraint"  # fmt: skip
_CELL = f"units recurrent_activation recurrent_initializer recurrent_regularizer recurrent_constraint dropout " \
        f"recurrent_dropout seed {_KERNEL}"  # fmt: skip
_RNN = "return_sequences return_state go_backwards stateful unroll use_cudnn zero_output_for_mask"
_POOL = "pool_size strides padding data_format"
_AUGMENT = "factor seed data_format bounding_box_format value_range"

_LAYERS = {
    "InputLayer": "shape batch_size batch_shape sparse ragged optional",
    "Dense": f"units {_KERNEL} {_LORA}",
    "EinsumDense": f"equation output_shape bias_axes gptq_unpacked_column_size {_KERNEL} {_LORA}",
    "Embedding": f"input_dim output_dim embeddings_initializer embeddings_regularizer embeddings_constraint "
                 f"activity_regularizer mask_zero weights {_LORA}",
    "Conv1D Conv2D Conv3D": _CONV,
    "Conv1DTranspose Conv2DTranspose Conv3DTranspose": _TRANSPOSED,
    "DepthwiseConv1D DepthwiseConv2D": _DEPTHWISE,
    "SeparableConv1D SeparableConv2D": _SEPARABLE,
    "ConvLSTM1D ConvLSTM2D ConvLSTM3D": f"{_CONV} {_CELL} {_RNN} unit_forget_bias",
    "BatchNormalization": f"{_NORM} momentum moving_mean_initializer moving_variance_initializer synchronized "
                          "renorm renorm_clipping renorm_momentum",
    "LayerNormalization": f"{_NORM} rms_scaling",
    "GroupNormalization": f"{_NORM} groups",
    "RMSNormalization": "axis epsilon scale",
    "UnitNormalization": "axis",
    "SpectralNormalization": "layer power_iterations",
    "Normalization": "axis mean variance invert",
    "Activation": "activation",
    "ReLU": "max_value negative_slope threshold",
    "LeakyReLU": "negative_slope",
    "PReLU": "alpha_initializer alpha_regularizer alpha_constraint shared_axes",
    "ELU": "alpha",
    "Softmax": "axis",
    "Add Average Maximum Minimum Multiply Subtract Identity": "",
    "Concatenate": "axis",
    "Dot": "axes normalize",
    "Flatten": "data_format",
    "Reshape": "target_shape",
    "Permute": "dims",
    "RepeatVector": "n",
    "Masking": "mask_value",
    "Rescaling": "scale offset",
    "Resizing": "height width interpolation crop_to_aspect_ratio pad_to_aspect_ratio fill_mode fill_value antialias "
                "data_format factor bounding_box_format",
    "CenterCrop": "height width data_format factor bounding_box_format",
    "CategoryEncoding": "num_tokens output_mode sparse",
    "Cropping1D Cropping2D Cropping3D": "cropping data_format",
    "ZeroPadding1D ZeroPadding2D ZeroPadding3D": "padding data_format",
    "UpSampling1D UpSampling2D UpSampling3D": "size data_format interpolation",
    "AveragePooling1D AveragePooling2D AveragePooling3D MaxPooling1D MaxPooling2D MaxPooling3D": _POOL,
    "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D "
    "GlobalMaxPooling3D": "data_format keepdims",
    "AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D "
    "AdaptiveMaxPooling2D AdaptiveMaxPooling3D": "output_size data_format",
    "Dropout AlphaDropout": "rate noise_shape seed",
    "GaussianDropout SpatialDropout1D SpatialDropout2D SpatialDropout3D": "rate seed data_format noise_shape",
    "GaussianNoise": "stddev seed",
    "ActivityRegularization": "l1 l2",
    "Attention": "use_scale score_mode dropout seed",
    "AdditiveAttention": "use_scale score_mode dropout seed",
    "MultiHeadAttention": f"num_heads key_dim value_dim dropout output_shape attention_axes sliding_window "
                          f"flash_attention use_gate seed query_shape key_shape value_shape {_KERNEL}",
    "GroupQueryAttention": f"head_dim num_query_heads num_key_value_heads dropout sliding_window flash_attention "
                           f"use_gate seed {_KERNEL}",
    "LSTM": f"{_CELL} {_RNN} unit_forget_bias",
    "GRU": f"{_CELL} {_RNN} reset_after",
    "SimpleRNN": f"{_CELL} {_RNN}",
    "LSTMCell": f"{_CELL} unit_forget_bias",
    "GRUCell": f"{_CELL} reset_after",
    "SimpleRNNCell": _CELL,
    "RNN": f"cell {_RNN}",
    "StackedRNNCells": "cells",
    "Bidirectional": "layer merge_mode backward_layer",
    "TimeDistributed": "layer",
    "RandomFlip": f"mode {_AUGMENT}",
    "RandomRotation": f"fill_mode interpolation fill_value {_AUGMENT}",
    "RandomZoom RandomTranslation": f"height_factor width_factor fill_mode interpolation fill_value {_AUGMENT}",
    "RandomContrast RandomBrightness": _AUGMENT,
    "RandomCrop": f"height width {_AUGMENT}",
}  # fmt: skip
LAYERS: dict[str, frozenset[str]] = {
    name: words(parameters) for names, parameters in _LAYERS.items() for name in names.split()
}
"""Layers of Keras, each with its parameters; those of every layer are in ANY."""
ANY = words("name trainable dtype autocast")

MODELS = {"Sequential": "name layers trainable dtype build_input_shape",
          "Functional": "name layers input_layers output_layers trainable dtype"}  # fmt: skip
"""Class of a model -> its parameters. Keras 2 wrote Model for Functional."""

INSIDE = {"LayerScale": ("keras.src.applications.convnext", "init_values projection_dim"),
          "StochasticDepth": ("keras.src.applications.convnext", "drop_path_rate")}  # fmt: skip
"""Layers that Keras keeps to itself but writes into models: {class: (module, parameters)}."""

ACTIVATIONS = words(
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear "
    "log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus "
    "sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold"
)

_CASED = {
    "initializer": "Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer LecunNormal "
                   "LecunUniform Ones Orthogonal OrthogonalInitializer RandomNormal RandomUniform TruncatedNormal "
                   "VarianceScaling Zeros",
    "regularizer": "L1 L1L2 L2 OrthogonalRegularizer",
    "constraint": "MaxNorm MinMaxNorm NonNeg UnitNorm",
}  # fmt: skip
_NAMED = {
    "initializer": "constant glorot_normal glorot_uniform he_normal he_uniform identity lecun_normal lecun_uniform one "
                   "ones orthogonal random_normal normal random_uniform uniform truncated_normal variance_scaling zero "
                   "zeros",
    "regularizer": "l1 l2 l1_l2 l1l2 orthogonal_regularizer",
    "constraint": "max_norm maxnorm min_max_norm non_neg nonneg unit_norm unitnorm",
}  # fmt: skip
KINDS: dict[str, frozenset[str]] = {kind: words(names) for kind, names in _CASED.items()}
"""'initializer', 'regularizer' and 'constraint' -> their classes."""
NAMED: dict[str, frozenset[str]] = {k: KINDS[k] | words(names) for k, names in _NAMED.items()}
"""The same as they are written by name alone."""

DTYPES = words(
    "bool bfloat16 float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 mixed_float16 "
    "mixed_bfloat16 string"
)
POLICIES = words("DTypePolicy FloatDTypePolicy Policy PolicyV1")

_OPERATIONS = {
    "core": "Cast ConvertToTensor SaturateCast Slice SliceUpdate StopGradient Unstack",
    "numpy": """
        Abs Absolute Add All Amax Amin Any Append Arccos Arccosh Arcsin Arcsinh Arctan Arctan2 Arctanh Argmax Argmin
        Average BroadcastTo Cbrt Ceil Clip Concatenate Copy Cos Cosh CountNonzero Cumprod Cumsum Divide DivideNoNan
        Dot Einsum Equal Exp Exp2 ExpandDims Expm1 Flip Fliplr Flipud Floor FloorDivide FullLike GetItem Greater
        GreaterEqual Hstack Isfinite Isinf Isnan Less LessEqual Log Log10 Log1p Log2 Logaddexp LogicalAnd LogicalNot
        LogicalOr LogicalXor Matmul Max Maximum Mean Median Min Minimum Mod Moveaxis Multiply NanToNum Negative
        NotEqual OnesLike Outer Pad Power Prod Ravel Reciprocal Repeat Reshape Roll Rot90 Round Select Sign Sin Sinh
        Sort Split Sqrt Square Squeeze Stack Std Subtract Sum Swapaxes Take TakeAlongAxis Tan Tanh Tensordot Tile
        Transpose Tril Triu TrueDivide Trunc Var Vdot Vstack Where ZerosLike
    """,
    "nn": """
        AdaptiveAveragePool AdaptiveMaxPool AveragePool BatchNorm Celu Conv ConvTranspose DepthToSpace DepthwiseConv
        DotProductAttention Elu Gelu Glu HardShrink HardSigmoid HardSilu HardTanh LayerNorm LeakyRelu LogSigmoid
        LogSoftmax MaxPool Moments MultiHot Normalize OneHot RMSNorm Relu Relu6 Selu SeparableConv Sigmoid Silu
        SoftShrink Softmax Softplus Softsign SpaceToDepth SparsePlus SparseSigmoid Sparsemax Squareplus TanhShrink
        Threshold
    """,
    "math": "Erf Erfc Erfinv Logsumexp Rsqrt TopK",
    "image": "CropImages GaussianBlur HSVToRGB PadImages RGBToGrayscale RGBToHSV Resize",
    "linalg": "Norm",
}
OPERATIONS = {f"keras.src.ops.{room}": words(names) for room, names in _OPERATIONS.items()}
"""What `keras.ops` leaves in a functional model: arithmetic only, nothing that takes a function."""

VALUES = {"__keras_tensor__": "shape dtype keras_history", "__slice__": "start stop step", "__tuple__": "value",
          "__numpy__": "value dtype", "__tensor__": "value dtype", "__ellipsis__": ""}  # fmt: skip
"""Values that JSON cannot say by itself."""

CODE = {
    "Lambda": "is code of its author, not weights",
    "__lambda__": "is code of its author, not weights",
    "function": "names a function that is no activation",
    "TFOpLambda": "calls a function of TensorFlow, or calls it in a way, that is not on the list here",
    "SlicingOpLambda": "calls a function of TensorFlow, or calls it in a way, that is not on the list here",
    "TensorFlowOpLayer": "carries a node of TensorFlow's graph, which may be any operation",
    "TFSMLayer": "loads another model, from a path of its author's",
    "JaxLayer": "carries code of its author",
    "FlaxLayer": "carries code of its author",
    "TorchModuleWrapper": "unpickles a PyTorch module, which is code",
    "StringLookup": "may read a vocabulary from any path, and takes text",
    "IntegerLookup": "may read a vocabulary from any path",
    "TextVectorization": "may read a vocabulary from any path, and takes text",
}
"""Well-known classes that are never admitted, and what is wrong with them."""
