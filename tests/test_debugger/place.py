"""Where the stages of the labs stand."""

import ast

from book.walk import LABS


def stage_lines(lab):
    """Return the line of each `if stage(...)` of a lab, by what it names."""
    found = {}
    for node in ast.walk(ast.parse((LABS / lab).read_text("utf-8"))):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Call):
            if ast.unparse(node.test.func) == "stage":
                found[ast.unparse(node.test.args[0])] = node.lineno
    return found


def stage_line(lab, stage):
    """Return the line where a stage begins; positions share one."""
    written = "f'position {pos_id}'" if "position" in stage else repr(stage)
    return stage_lines(lab)[written]
