"""What a service counts and measures, for Prometheus."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Metrics:
    """Numbers of one service, in a registry of its own.

    Attributes:
        registry: what `/metrics` shows; others may add theirs.
        pictures: that were answered.
        detections: that answers held, by label.
        batches: how many pictures the model was given at once.
        decode_seconds: of a picture, with its resizing.
        queue_seconds: that a picture waited.
        model_seconds: of a call of the model.
        changes: how often another version took over.
        failures: of the model's calls, and of looking for or opening a newer version.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.pictures = Counter(
            "objloc_pictures", "Pictures that were answered", registry=self.registry
        )
        self.detections = Counter(
            "objloc_detections",
            "Detections over the threshold, by label",
            ["label"],
            registry=self.registry,
        )
        self.batches = Histogram(
            "objloc_batch_pictures",
            "Pictures that the model looked at at once",
            buckets=(1, 2, 4, 8, 16, 32, 64),
            registry=self.registry,
        )
        self.decode_seconds = self._seconds("decode", "Reading and resizing a picture")
        self.queue_seconds = self._seconds("queue", "What a picture waited for worker and model")
        self.model_seconds = self._seconds("model", "A call of the model")
        self.changes = Counter(
            "objloc_model_changes", "Newer models that took over", registry=self.registry
        )
        self.failures = Counter(
            "objloc_failures",
            "What failed: the model's call, or the search for a newer model",
            ["what"],
            registry=self.registry,
        )
        for what in ("model", "reload"):
            self.failures.labels(what)  # shown as 0 from the start
        self._waiting = Gauge(
            "objloc_waiting_pictures", "Pictures that wait", registry=self.registry
        )
        self._model = Gauge(
            "objloc_model_info",
            "1 for the model in use",
            ["name", "version"],
            registry=self.registry,
        )

    def show_waiting(self, count: Callable[[], int]) -> None:
        """Take the number of waiting pictures from `count` whenever it is asked for."""
        self._waiting.set_function(count)

    def show_model(self, name: str, version: str) -> None:
        """Name the model that answers from now on."""
        self._model.clear()
        self._model.labels(name, version).set(1)

    def count_detections(self, labels: Iterable[str]) -> None:
        """Count an answer's detections."""
        for label in labels:
            self.detections.labels(label).inc()

    def _seconds(self, name: str, text: str) -> Histogram:
        return Histogram(f"objloc_{name}_seconds", text, buckets=_SECONDS, registry=self.registry)
