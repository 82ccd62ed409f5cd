# Receives messages as a module of FACSvatar would: ENDPOINT COUNT SECONDS. Prints each as a line of JSON.
import json
import sys

import zmq

socket = zmq.Context().socket(zmq.SUB)
socket.setsockopt(zmq.SUBSCRIBE, b"openface")
socket.setsockopt(zmq.RCVTIMEO, int(1000 * float(sys.argv[3])))
socket.connect(sys.argv[1])
print("ready", flush=True)
try:
    for _ in range(int(sys.argv[2])):
        topic, time, data = socket.recv_multipart()
        print(json.dumps([topic.decode(), int(time), json.loads(data)]))
except zmq.Again:
    print("nothing more")
