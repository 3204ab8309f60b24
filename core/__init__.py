"""What Proofsheet does: no Streamlit here, no SQL outside `storage`, no TensorFlow outside functions."""

import os

# TensorFlow reads these when it is imported, in whichever room that is. oneDNN would sum in another order on every kind
# of processor; the start-up messages are for TensorFlow's own developers.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
