"""Runs models with onnxruntime after ONNX's own checker: cases as JSON on standard input, what comes out on standard output."""
import json
import sys

import numpy
import onnx
import onnxruntime


def block_by_block(session, waves, samples, state, begins):
    """What each call gives: rows of [calls, ...]."""
    names = [output.name for output in session.get_outputs()]
    remembered = numpy.zeros((waves.shape[0], state), dtype=numpy.float32)
    made = {name: [] for name in names if name != "state_next"}
    for call in range(waves.shape[1] // samples):
        for at, row in begins:
            if at == call:
                remembered[row] = 0
        block = waves[:, call * samples:(call + 1) * samples]
        values = dict(zip(names, session.run(names, {"waveform": block, "state": remembered})))
        remembered = values.pop("state_next")
        for name, own in values.items():
            made[name].append(own)
    return {name: numpy.stack(values) for name, values in made.items()}


results = []
for case in json.load(sys.stdin):
    onnx.checker.check_model(onnx.load(case["model"]), full_check=True)
    session = onnxruntime.InferenceSession(case["model"], providers=["CPUExecutionProvider"])
    made = []
    for path, batch in case["waves"]:
        waves = numpy.fromfile(path, dtype="<f4").reshape(batch, -1)
        blocks = case.get("blocks")
        if blocks is None:
            names = [output.name for output in session.get_outputs()]
            values = dict(zip(names, session.run(names, {"waveform": waves})))
        else:
            values = block_by_block(session, waves, blocks["samples"], blocks["state"], blocks.get("begins", []))
        made.append({name: {"shape": list(own.shape), "values": own.ravel().tolist()} for name, own in values.items()})
    results.append({"metadata": session.get_modelmeta().custom_metadata_map, "outputs": made})
json.dump(results, sys.stdout)
