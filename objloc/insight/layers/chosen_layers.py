"""Which layers of a localizer a person is shown first."""

from objloc.insight.layers.layer_paths import inner_layers
from objloc.insight.layers.recording import LayerCall, Recording


def backbone_maps(recording: Recording) -> dict[str, str]:
    """The layer that makes each feature map of the backbone: stride to path, finest first."""
    makers: dict[int, str] = {}
    for call in recording.calls:  # the whole ends last and takes the part's place
        if call.path != "backbone":
            makers[id(call.output)] = call.path
    ordered = sorted(recording.features.items(), key=lambda item: int(item[0]))
    return {stride: makers[id(tensor)] for stride, tensor in ordered if id(tensor) in makers}


def final_layers(recording: Recording) -> list[str]:
    """The head's layers that put out its last maps, which candidates are made of.

    These are single layers, not the ends of blocks, whose map no other layer reads.
    """
    read = {id(tensor) for call in _head_maps(recording) for tensor in call.inputs}
    repeats = recording.repeats()
    return list(
        dict.fromkeys(
            call.path
            for call in _head_maps(recording)
            if id(call.output) not in read
            and call.path not in repeats
            and not inner_layers(recording.layers, call.path)
        )
    )


def read_layers(recording: Recording) -> list[str]:
    """The head's maps that its final layers read: the last ones that hold features."""
    repeats = recording.repeats()
    final = set(final_layers(recording))
    earlier: list[LayerCall] = []
    found: dict[str, None] = {}
    for call in _head_maps(recording):
        if call.path in final:
            shapes = [tensor.shape for tensor in call.inputs]
            same = [one for one in earlier if any(one.output is tensor for tensor in call.inputs)]
            # A head may have cast the map, which makes another tensor of it.
            same = same or [one for one in earlier if one.output.shape in shapes]
            if same:
                found[same[-1].path] = None
        elif call.path not in repeats:
            earlier.append(call)
    return list(found)


def chosen_layers(recording: Recording) -> list[str]:
    """The map of each stride that the backbone puts out, and the last maps of the head."""
    return [*backbone_maps(recording).values(), *read_layers(recording)]


def _head_maps(recording: Recording) -> list[LayerCall]:
    return [call for call in recording.calls if call.path.startswith("head/") and call.is_map]
