"""A small debug client: it talks to debugpy's adapter as VS Code does.

The adapter is a process of its own. It asks the client to start the program in
a terminal; here that is a pseudoterminal.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path

import pexpect

ROOT = Path(__file__).parents[2]
PATIENCE = 240  # seconds for any one answer: a lab may train for a minute
SYSTEMS = {"win32": "windows", "darwin": "osx", "linux": "linux"}
EDITOR = {
    "adapterID": "debugpy",
    "clientID": "vscode",
    "linesStartAt1": True,
    "columnsStartAt1": True,
    "pathFormat": "path",
    "supportsVariableType": True,
    "supportsRunInTerminalRequest": True,
}


def configurations():
    """Return the launch configurations by name, as VS Code resolves them."""
    text = (ROOT / ".vscode" / "launch.json").read_text("utf-8")
    text = text.replace("${workspaceFolder}", str(ROOT))
    found = json.loads(text)["configurations"]
    here = SYSTEMS[sys.platform]
    for each in found:
        each.update(each.get(here, {}))
    return {each["name"]: each for each in found}


class Client:
    """One debug session, from its launch to the end of its processes."""

    def __init__(self):
        self.adapter = subprocess.Popen(
            [sys.executable, "-m", "debugpy.adapter"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        self.arrived = queue.Queue()
        self.sent, self.events, self.answers = 0, [], {}
        self.terminal, self.program = None, None
        self.reader = threading.Thread(target=self.read_messages, daemon=True)
        self.reader.start()

    def read_messages(self):
        stream = self.adapter.stdout
        while head := stream.readline():
            stream.readline()
            body = stream.read(int(head.removeprefix(b"Content-Length:")))
            self.arrived.put(json.loads(body))
        self.arrived.put(None)

    def send(self, **message):
        self.sent += 1
        body = json.dumps(message | {"seq": self.sent}).encode()
        head = f"Content-Length: {len(body)}\r\n\r\n".encode()
        self.adapter.stdin.write(head + body)
        self.adapter.stdin.flush()
        return self.sent

    def take(self):
        """Wait for one message and put it where it belongs."""
        message = self.arrived.get(timeout=PATIENCE)
        assert message, "the adapter has ended"
        if message["type"] == "event":
            self.events.append(message)
        elif message["type"] == "response":
            self.answers[message["request_seq"]] = message
        elif message["command"] == "runInTerminal":
            self.run_in_terminal(message)

    def run_in_terminal(self, asked):
        """Start the program for the adapter, as its terminal would."""
        arguments = asked["arguments"]
        command, *rest = arguments["args"]
        env = dict(os.environ) | arguments.get("env", {})
        cwd = arguments["cwd"] or ROOT
        self.terminal = pexpect.spawn(command, rest, cwd=cwd, env=env)
        self.send(
            type="response",
            command="runInTerminal",
            request_seq=asked["seq"],
            success=True,
            body={"processId": self.terminal.pid},
        )

    def request(self, command, **arguments):
        return self.send(type="request", command=command, arguments=arguments)

    def answer(self, number):
        """Wait for the answer to a request."""
        while number not in self.answers:
            self.take()
        return self.answers.pop(number)

    def ask(self, command, **arguments):
        answer = self.answer(self.request(command, **arguments))
        assert answer["success"], answer
        return answer.get("body", {})

    def event(self, *names):
        """Wait for the next event of one of these names."""
        while True:
            for event in self.events:
                if event["event"] in names:
                    self.events.remove(event)
                    return event
            self.take()

    def launch(self, configuration, *functions):
        """Press F5 with function breakpoints; return where it stops first."""
        self.ask("initialize", **EDITOR)
        launched = self.request("launch", **configuration)
        self.event("initialized")
        self.break_at(*functions)
        self.ask("setExceptionBreakpoints", filters=["uncaught"])
        self.ask("configurationDone")
        assert self.answer(launched)["success"]
        self.program = self.event("process")["body"]["systemProcessId"]
        return self.stopped()

    def break_at(self, *functions):
        """Have function breakpoints of these names, and no others."""
        names = [{"name": name} for name in functions]
        self.ask("setFunctionBreakpoints", breakpoints=names)

    def stopped(self):
        """Wait until the program stops; return its frames, the inmost first."""
        event = self.event("stopped", "terminated")
        assert event["event"] == "stopped", self.terminal.read()
        self.reason, thread = event["body"]["reason"], event["body"]["threadId"]
        trace = self.ask("stackTrace", threadId=thread)
        self.thread, self.frames = thread, trace["stackFrames"]
        return self.frames

    def go(self, command="continue"):
        """Go on, or step; return the frames of the next stop."""
        self.ask(command, threadId=self.thread)
        return self.stopped()

    def evaluate(self, expression, context="watch"):
        """Return what an expression shows, or None if it cannot be had."""
        asked = {"expression": expression, "frameId": self.frames[0]["id"]}
        answer = self.answer(self.request("evaluate", **asked, context=context))
        return answer["body"]["result"] if answer["success"] else None

    def variables(self):
        """Return what the pane of local variables shows, by name."""
        scopes = self.ask("scopes", frameId=self.frames[0]["id"])["scopes"]
        local = scopes[0]["variablesReference"]
        found = self.ask("variables", variablesReference=local)["variables"]
        return {each["name"]: each["value"] for each in found}

    def close(self):
        """End the session, and what it started, in whatever state it is."""
        if self.adapter.stdin.closed:
            return
        try:
            if self.adapter.poll() is None:
                self.ask("disconnect", terminateDebuggee=True)
        finally:
            if self.terminal:
                self.terminal.close(force=True)
            self.adapter.kill()
            self.adapter.wait(PATIENCE)
            self.reader.join(PATIENCE)
            self.adapter.stdin.close()
            self.adapter.stdout.close()
