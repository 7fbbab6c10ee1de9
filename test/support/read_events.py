"""Reads an event file with Google's protobuf library and TensorFlow's definitions, written out as descriptors.
Prints, as JSON, one entry for each value."""
import json
import struct
import sys

from google.protobuf import descriptor_pb2, descriptor_pool
try:
    from google.protobuf.message_factory import GetMessageClass
except ImportError:
    from google.protobuf.message_factory import MessageFactory
    GetMessageClass = MessageFactory().GetPrototype

F = descriptor_pb2.FieldDescriptorProto
MESSAGES = {
    "Event": [("wall_time", 1, F.TYPE_DOUBLE), ("step", 2, F.TYPE_INT64), ("file_version", 3, F.TYPE_STRING), ("summary", 5, "Summary")],
    "Summary": [("value", 1, "Value", True)],
    "Value": [("tag", 1, F.TYPE_STRING), ("simple_value", 2, F.TYPE_FLOAT), ("image", 4, "Image"),
              ("histo", 5, "Histogram"), ("tensor", 8, "Tensor"), ("metadata", 9, "Metadata")],
    "Image": [("height", 1, F.TYPE_INT32), ("width", 2, F.TYPE_INT32), ("colorspace", 3, F.TYPE_INT32),
              ("encoded_image_string", 4, F.TYPE_BYTES)],
    "Histogram": [("min", 1, F.TYPE_DOUBLE), ("max", 2, F.TYPE_DOUBLE), ("num", 3, F.TYPE_DOUBLE),
                  ("sum", 4, F.TYPE_DOUBLE), ("sum_squares", 5, F.TYPE_DOUBLE),
                  ("bucket_limit", 6, F.TYPE_DOUBLE, True), ("bucket", 7, F.TYPE_DOUBLE, True)],
    "Tensor": [("dtype", 1, F.TYPE_INT32), ("tensor_shape", 2, "Shape"), ("string_val", 8, F.TYPE_BYTES, True)],
    "Shape": [("dim", 2, "Dim", True)],
    "Dim": [("size", 1, F.TYPE_INT64)],
    "Metadata": [("plugin_data", 1, "Plugin"), ("data_class", 4, F.TYPE_INT32)],
    "Plugin": [("plugin_name", 1, F.TYPE_STRING)],
}


def event_class():
    file = descriptor_pb2.FileDescriptorProto(name="event.proto", package="t", syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind, *repeated in fields:
            added = message.field.add(name=field, number=number, label=F.LABEL_REPEATED if repeated else F.LABEL_OPTIONAL)
            if isinstance(kind, str):
                added.type, added.type_name = F.TYPE_MESSAGE, ".t." + kind
            else:
                added.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("t.Event"))


def main(path):
    Event = event_class()
    data = open(path, "rb").read()
    at, found = 0, []
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        event = Event.FromString(data[at + 12:at + 12 + length])
        at += 16 + length
        if event.DiscardUnknownFields() is not None:
            raise SystemExit("unknown fields")
        if event.file_version:
            found.append({"version": event.file_version})
        for value in event.summary.value:
            entry = {"tag": value.tag, "step": event.step, "wall_time": event.wall_time}
            if value.HasField("image"):
                entry["image"] = [value.image.width, value.image.height, value.image.colorspace, len(value.image.encoded_image_string)]
            elif value.HasField("histo"):
                entry["histogram"] = [value.histo.num, value.histo.min, value.histo.max, sum(value.histo.bucket)]
            elif value.HasField("tensor"):
                entry["text"] = value.tensor.string_val[0].decode()
                entry["plugin"] = value.metadata.plugin_data.plugin_name
            else:
                entry["scalar"] = value.simple_value
            found.append(entry)
    print(json.dumps(found))


main(sys.argv[1])
