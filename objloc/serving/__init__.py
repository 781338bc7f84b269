"""The service: pictures in by HTTP, detections out; ONNX Runtime, no TensorFlow."""
