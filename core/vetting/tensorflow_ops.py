"""The operations of TensorFlow that a SavedModel may use: arithmetic, shapes, random numbers, variables, control flow.

Nothing here reads or writes a file, calls Python, prints, or talks to another process.
"""

from __future__ import annotations

from core.vetting.words import words

ADMITTED = words(
    """
    Abs AccumulateNV2 Acos Acosh Add AddN AddV2 AdjustContrastv2 AdjustHue AdjustSaturation All Any ApproximateEqual
    ArgMax ArgMin Asin Asinh Atan Atan2 Atanh AvgPool AvgPool3D BatchMatMul BatchMatMulV2 BatchMatMulV3
    BatchToSpaceND BiasAdd BiasAddV1 Bincount Bitcast BroadcastArgs BroadcastGradientArgs BroadcastTo Bucketize Cast
    Ceil CheckNumerics Cholesky ClipByValue Complex ComplexAbs Concat ConcatOffset ConcatV2 Conj Const Conv2D
    Conv2DBackpropInput Conv3D Conv3DBackpropInputV2 Cos Cosh CropAndResize Cross Cumprod Cumsum DenseBincount
    DepthToSpace DepthwiseConv2dNative Diag DiagPart Digamma Dilation2D DisableCopyOnRead Div DivNoNan Einsum Elu
    Enter Empty EnsureShape Equal Erf Erfc Erfinv EuclideanNorm Exit Exp ExpandDims Expm1 ExtractImagePatches FFT FFT2D
    FakeQuantWithMinMaxArgs FakeQuantWithMinMaxVars FakeQuantWithMinMaxVarsPerChannel Fill Floor FloorDiv FloorMod
    FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 Gather GatherNd GatherV2 Greater GreaterEqual HSVToRGB IFFT
    IFFT2D IRFFT IRFFT2D Identity IdentityN Imag ImageProjectiveTransformV2 ImageProjectiveTransformV3 Inv
    InvertPermutation IsFinite IsInf IsNan L2Loss LRN LeakyRelu LeftShift Less LessEqual Lgamma LinSpace Log Log1p
    LogSoftmax LogicalAnd LogicalNot LogicalOr LoopCond LowerBound MatMul MatrixBandPart MatrixDiag MatrixDiagV3
    MatrixInverse MatrixSetDiagV3 Max MaxPool MaxPool3D MaxPoolV2 Maximum Mean Merge Min Minimum MirrorPad Mod Mul
    MulNoNan Neg NextIteration NoOp NotEqual OneHot OnesLike Pack Pad PadV2 ParallelConcat Placeholder
    PlaceholderWithDefault Pow PreventGradient Prod Qr RFFT RFFT2D RGBToHSV Range Rank Real RealDiv Reciprocal Relu
    Relu6 Reshape ResizeArea ResizeBicubic ResizeBilinear ResizeNearestNeighbor Reverse ReverseSequence ReverseV2
    RightShift Rint Roll Round Rsqrt ScaleAndTranslate ScatterNd SegmentMax SegmentMean SegmentMin SegmentSum Select
    SelectV2 Selu Shape ShapeN Sigmoid Sign Sin Sinh Size Slice Snapshot Softmax Softplus Softsign SpaceToBatchND
    SpaceToDepth Split SplitV Sqrt Square SquaredDifference Squeeze StopGradient StridedSlice Sub Sum Svd Switch Tan
    Tanh TensorScatterAdd TensorScatterUpdate Tile TopK TopKV2 Transpose TruncateDiv TruncateMod Unique Unpack
    UnravelIndex UnsortedSegmentMax UnsortedSegmentSum UpperBound Where Xdivy Xlogy ZerosLike
    Multinomial ParameterizedTruncatedNormal RandomGamma RandomShuffle RandomStandardNormal RandomUniform
    RandomUniformInt TruncatedNormal RngReadAndSkip StatefulStandardNormalV2 StatefulTruncatedNormal StatefulUniform
    StatefulUniformFullInt StatefulUniformInt StatelessRandomGetAlg StatelessRandomGetKeyCounter
    StatelessRandomGetKeyCounterAlg StatelessRandomNormal StatelessRandomNormalV2 StatelessRandomUniform
    StatelessRandomUniformFullInt StatelessRandomUniformFullIntV2 StatelessRandomUniformInt
    StatelessRandomUniformIntV2 StatelessRandomUniformV2 StatelessTruncatedNormal StatelessTruncatedNormalV2
    Assert AssignAddVariableOp AssignSubVariableOp AssignVariableOp ReadVariableOp ResourceGather ResourceGatherNd
    VarHandleOp VarIsInitializedOp VariableShape
    If PartitionedCall StatefulPartitionedCall StatelessIf StatelessWhile While Case StatelessCase
    EmptyTensorList TensorListConcatV2 TensorListElementShape TensorListFromTensor TensorListGather
    TensorListGetItem TensorListLength TensorListPopBack TensorListPushBack TensorListReserve TensorListResize
    TensorListSetItem TensorListStack
    """
)
SAVERS = words("MergeV2Checkpoints RestoreV2 SaveV2 ShardedFilename StaticRegexFullMatch StringJoin")
"""What the functions use besides that write and read the model's own variables."""
