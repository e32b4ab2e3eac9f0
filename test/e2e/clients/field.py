"""What clients of the field do, each in its own way, with nothing but the standard library.

The scheduler speaks on bare sockets and takes headers by their letters; its calls go over a connection
that was opened before there was anything to call (as Mesos' own library does). Then readers: pymesos and
Datadog compare versions, mesos-dns makes names of tasks, the command line and the old web page look
into sandboxes. Prints one word for each thing that went well, and ends with 1 at the first that did not.
"""

import http.client
import json
import socket
import sys

MASTER = sys.argv[1]
# What Java sends when it is told nothing.
ACCEPT = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"


def get(node, path):
    connection = http.client.HTTPConnection(node, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read().decode()
    assert answer.status == 200, (path, answer.status, body)
    connection.close()
    return body


class Stream:
    """RecordIO in chunks, a few bytes at a time."""

    def __init__(self, node, body):
        host, port = node.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        head = "POST /api/v1/scheduler HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
        head += "Accept: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
        self.socket.sendall((head % (node, ACCEPT, len(body), body)).encode())
        self.bytes = b""
        self.records = b""
        status, *lines = self.until(b"\r\n\r\n").decode().split("\r\n")
        assert status == "HTTP/1.1 200 OK", status
        self.headers = dict(line.split(": ", 1) for line in lines)

    def more(self):
        piece = self.socket.recv(7)
        assert piece, "the stream has ended"
        self.bytes += piece

    def until(self, end):
        while end not in self.bytes:
            self.more()
        found, self.bytes = self.bytes.split(end, 1)
        return found

    def chunk(self):
        length = int(self.until(b"\r\n"), 16)
        while len(self.bytes) < length + 2:
            self.more()
        self.records += self.bytes[:length]
        self.bytes = self.bytes[length + 2 :]
        return length > 0

    def event(self):
        while True:
            size, found, rest = self.records.partition(b"\n")
            if found and len(rest) >= int(size):
                self.records = rest[int(size) :]
                return json.loads(rest[: int(size)])
            if not self.chunk():
                return None


def well(what):
    print(what, flush=True)


version = json.loads(get(MASTER, "/version"))["version"]
assert tuple(int(number) for number in version.split(".")) >= (1, 0, 0), version
well("version")

calls = http.client.HTTPConnection(MASTER, timeout=10)
calls.connect()
info = {"user": "somebody", "name": "field", "roles": ["web"], "capabilities": [{"type": "MULTI_ROLE"}]}
stream = Stream(MASTER, json.dumps({"type": "SUBSCRIBE", "subscribe": {"framework_info": info}}))
assert stream.headers["Content-Type"] == "application/json", stream.headers
assert stream.headers["Transfer-Encoding"] == "chunked", stream.headers
stream_id = stream.headers["Mesos-Stream-Id"]
framework = None


def call(kind, **fields):
    body = json.dumps({"type": kind, "framework_id": framework, **fields})
    headers = {"Content-Type": "application/json", "Mesos-Stream-Id": stream_id}
    calls.request("POST", "/api/v1/scheduler", body, headers)
    answer = calls.getresponse()
    assert (answer.status, answer.read()) == (202, b""), answer.status


launched = False
while True:
    event = stream.event()
    kind = event["type"]
    if kind == "SUBSCRIBED":
        framework = event["subscribed"]["framework_id"]
        assert event["subscribed"]["master_info"]["version"] == version
        well("subscribed")
    elif kind == "OFFERS" and not launched:
        offer = event["offers"]["offers"][0]
        role = {"allocation_info": {"role": "web"}}
        one_port = {"range": [{"begin": 31000, "end": 31000}]}
        task = {
            "name": "www",
            "task_id": {"value": "www.1"},
            "agent_id": offer["agent_id"],
            "command": {"value": "echo hello; sleep 1000"},
            "resources": [
                {"name": "cpus", "type": "SCALAR", "scalar": {"value": "0.1"}, **role},
                {"name": "mem", "type": "SCALAR", "scalar": {"value": 32}, **role},
                {"name": "ports", "type": "RANGES", "ranges": one_port, **role},
            ],
            "discovery": {"visibility": "FRAMEWORK", "name": "www"},
            "unheard_of": {"is": "skipped"},
        }
        operation = {"type": "LAUNCH", "launch": {"task_infos": [task]}}
        call("ACCEPT", accept={"offer_ids": [offer["id"]], "operations": [operation]})
        launched = True
        well("launched")
    elif kind == "UPDATE":
        status = event["update"]["status"]
        named = {key: status[key] for key in ("task_id", "agent_id", "uuid")}
        call("ACKNOWLEDGE", acknowledge=named)
        if status["state"] == "TASK_RUNNING":
            break
        assert status["state"] == "TASK_STARTING", status
well("running")

# mesos-dns: who leads, where agents are, which ports and addresses tasks have.
state = json.loads(get(MASTER, "/master/state.json"))
assert state["leader"] == "master@" + MASTER == state["pid"], state["leader"]
assert [int(number) for number in state["version"].split(".")] >= [0, 22, 0]
(agent,) = state["slaves"]
process, node = agent["pid"].split("@")
assert process == "slave(1)" and agent["version"] == version, agent
(shown,) = [one for one in state["frameworks"] if one["name"] == "field"]
(task,) = shown["tasks"]
assert task["resources"]["ports"] == "[31000-31000]" and task["executor_id"] == "", task
assert task["slave_id"] == agent["id"] and task["discovery"]["name"] == "www", task
well("state")

# The command line: all tasks, whatever there are, and frameworks by a path that ends in a slash.
(listed,) = json.loads(get(MASTER, "/tasks?order=asc&limit=-1"))["tasks"]
container = listed["statuses"][0]["container_status"]["container_id"]["value"]
assert json.loads(get(MASTER, "/master/frameworks/"))["frameworks"][0]["id"] == framework["value"]
well("listed")

# The web page: sandboxes, by way of the executor that goes by its task's id.
inside = json.loads(get(node, "/slave(1)/state"))
(executor,) = inside["frameworks"][0]["executors"]
assert (executor["id"], executor["container"], executor["role"]) == ("www.1", container, "web")
assert executor["tasks"][0]["executor_id"] == "", executor
path = executor["directory"]
names = [one["path"] for one in json.loads(get(node, "/files/browse.json?path=" + path))]
assert names == [path + "/stderr", path + "/stdout"], names
while True:
    size = json.loads(get(node, "/files/read.json?offset=-1&path=" + path + "/stdout"))["offset"]
    if size == 6:
        break
read = json.loads(get(node, "/files/read?offset=0&length=-1&path=" + path + "/stdout"))
assert read == {"data": "hello\n", "offset": 0}, read
script = get(MASTER, "/metrics/snapshot?jsonp=angular.callbacks._1")
assert script.startswith("angular.callbacks._1({") and script.endswith("});"), script[:40]
assert "avg_load_1min" in json.loads(get(node, "/system/stats.json"))
well("sandbox")

call("TEARDOWN")
while stream.event() is not None:
    pass
well("ended")
