"""Runs models with onnxruntime after ONNX's own checker: cases as JSON on standard input, what comes out on standard output."""
import json
import sys

import numpy
import onnx
import onnxruntime

results = []
for case in json.load(sys.stdin):
    onnx.checker.check_model(onnx.load(case["model"]), full_check=True)
    session = onnxruntime.InferenceSession(case["model"], providers=["CPUExecutionProvider"])
    made = []
    for path, batch in case["waves"]:
        waves = numpy.fromfile(path, dtype="<f4").reshape(batch, -1)
        names = [output.name for output in session.get_outputs()]
        values = session.run(names, {"waveform": waves})
        made.append({name: {"shape": list(own.shape), "values": own.ravel().tolist()} for name, own in zip(names, values)})
    results.append({"metadata": session.get_modelmeta().custom_metadata_map, "outputs": made})
json.dump(results, sys.stdout)
