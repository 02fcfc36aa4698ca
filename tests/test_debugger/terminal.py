"""A small client of pdb: it types into a terminal as a reader does."""

import os
import re
from pathlib import Path

import pexpect

ROOT = Path(__file__).parents[2]
PATIENCE = 240  # seconds for any one answer
PROMPT = "(Pdb) "
PLACE = re.compile(
    r"^> (?P<path>.+)\((?P<line>\d+)\)(?P<function>\S+)\(\)", re.M
)


class Terminal:
    """A lab that is run in a terminal, where pdb stops it at a stage."""

    def __init__(self, python, lab, stage):
        env = os.environ | {"STOP_AT": stage, "TERM": "dumb"}
        self.child = pexpect.spawn(
            str(python),
            [f"docs/labs/{lab}"],
            cwd=ROOT,  # where .pdbrc lies
            env=env,
            echo=False,
            encoding="utf-8",
            timeout=PATIENCE,
        )
        self.read()

    def read(self):
        """Read up to the prompt; note the place if pdb tells one."""
        self.child.expect_exact(PROMPT)
        said = self.child.before.replace("\r\n", "\n")
        for match in PLACE.finditer(said):
            self.path, self.function = match["path"], match["function"]
            self.line = int(match["line"])
        return said

    def type(self, line):
        """Type a line; return what is printed up to the next prompt."""
        self.child.sendline(line)
        return self.read()

    def evaluate(self, expression):
        """Return what an expression shows, or None if it cannot be had."""
        said = self.type(f"p {expression}").strip()
        return None if said.startswith("***") else said

    def close(self):
        self.child.close(force=True)
