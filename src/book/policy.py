"""The content security policy of a page: its own scripts, and nothing else."""

import base64
import hashlib
import re

SCRIPT = re.compile(
    r"<script(?P<attrs>[^>]*)>(?P<code>.*?)</script>", re.DOTALL
)
DATA = re.compile(r"type=[\"']?application/(ld\+)?json")
STYLED = re.compile(r"(<[a-zA-Z][^<>]*?)\sstyle=(\"[^\"]*\"|'[^']*')")
CHARSET = re.compile(r"<meta charset=[^>]*>", re.IGNORECASE)
POLICY = {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
}


def secure(html: str) -> tuple[str, list[str]]:
    """Return a page with its policy, and what had to be taken out of it."""
    html, said = _unstyled(html)
    policy = dict(POLICY)
    policy["script-src"] += "".join(f" {name}" for name in _hashes(html))
    text = "; ".join(f"{name} {value}" for name, value in policy.items())
    meta = f'<meta http-equiv="Content-Security-Policy" content="{text}">'
    charset = CHARSET.search(html)
    if not charset:
        return html, [*said, "no charset: no policy was written"]
    end = charset.end()
    return f"{html[:end]}\n{meta}{html[end:]}", said


def _hashes(html: str) -> list[str]:
    """Return the hash of each inline script, as a policy names it."""
    found = []
    for match in SCRIPT.finditer(html):
        if "src=" not in match["attrs"] and not DATA.search(match["attrs"]):
            digest = hashlib.sha256(match["code"].encode()).digest()
            found.append(f"'sha256-{base64.b64encode(digest).decode()}'")
    return list(dict.fromkeys(found))


def _unstyled(html: str) -> tuple[str, list[str]]:
    """Return a page without style attributes, and what they were."""
    said = [f"removed style={m[2]}: {m[1][:60]}" for m in STYLED.finditer(html)]
    return STYLED.sub(r"\1", html), list(dict.fromkeys(said))
