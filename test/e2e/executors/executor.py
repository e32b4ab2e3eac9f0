#!/usr/bin/env python3
"""A custom executor for the v1 executor API of Mesos, with nothing but Python's standard library.

It knows what the agent gave it in its environment and nothing else. Each task echoes its data into the
sandbox's stdout and is finished; one whose data is "wait" runs until it is killed.
"""
import base64
import http.client
import json
import os
import sys
import threading
import uuid

PATH = "/slave(1)/api/v1/executor"
FRAMEWORK_ID = {"value": os.environ["MESOS_FRAMEWORK_ID"]}
EXECUTOR_ID = {"value": os.environ["MESOS_EXECUTOR_ID"]}
HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}
TOKEN = os.environ.get("MESOS_EXECUTOR_AUTHENTICATION_TOKEN")
if TOKEN:
    HEADERS["Authorization"] = "Bearer " + TOKEN

unacknowledged_tasks = {}
unacknowledged_updates = {}


def connect():
    host, port = os.environ["MESOS_AGENT_ENDPOINT"].rsplit(":", 1)
    return http.client.HTTPConnection(host, int(port))


def call(connection, kind, **more):
    body = {"type": kind, "framework_id": FRAMEWORK_ID, "executor_id": EXECUTOR_ID, **more}
    connection.request("POST", PATH, json.dumps(body), HEADERS)
    return connection.getresponse()


def say(kind, **more):
    connection = connect()
    response = call(connection, kind, **more)
    if response.status != 202:
        print(kind, "was refused:", response.status, response.read().decode(), flush=True)
    connection.close()


def update(task_id, state, message):
    update_id = base64.b64encode(uuid.uuid4().bytes).decode()
    status = {
        "task_id": task_id,
        "executor_id": EXECUTOR_ID,
        "state": state,
        "source": "SOURCE_EXECUTOR",
        "message": message,
        "uuid": update_id,
    }
    unacknowledged_updates[update_id] = {"status": status}
    say("UPDATE", update={"status": status})


def run(task):
    data = base64.b64decode(task.get("data", "")).decode()
    update(task["task_id"], "TASK_RUNNING", "here")
    if data == "wait":
        return
    print("task", task["task_id"]["value"], "says", data, flush=True)
    update(task["task_id"], "TASK_FINISHED", data.upper())


def records(response):
    while True:
        length = b""
        while not length.endswith(b"\n"):
            byte = response.read(1)
            if not byte:
                return
            length += byte
        yield json.loads(response.read(int(length)))


def hear(event):
    kind = event["type"]
    print("heard", kind, flush=True)
    if kind == "LAUNCH":
        task = event["launch"]["task"]
        unacknowledged_tasks[task["task_id"]["value"]] = task
        threading.Thread(target=run, args=(task,)).start()
    elif kind == "ACKNOWLEDGED":
        acknowledged = event["acknowledged"]
        unacknowledged_tasks.pop(acknowledged["task_id"]["value"], None)
        unacknowledged_updates.pop(acknowledged["uuid"], None)
    elif kind == "KILL":
        update(event["kill"]["task_id"], "TASK_KILLED", "killed as asked")
    elif kind == "MESSAGE":
        data = base64.b64decode(event["message"]["data"])
        say("MESSAGE", message={"data": base64.b64encode(data[::-1]).decode()})
    elif kind == "ERROR":
        sys.exit(event["error"]["message"])


def main():
    response = call(connect(), "SUBSCRIBE", subscribe={
        "unacknowledged_tasks": list(unacknowledged_tasks.values()),
        "unacknowledged_updates": list(unacknowledged_updates.values()),
    })
    if response.status != 200:
        sys.exit("SUBSCRIBE was refused: %d %s" % (response.status, response.read().decode()))
    for event in records(response):
        hear(event)
        if event["type"] == "SHUTDOWN":
            print("shut down", flush=True)
            return


main()
