"""What Proofsheet does: no Streamlit here, no SQL outside `storage`, no TensorFlow outside functions."""
