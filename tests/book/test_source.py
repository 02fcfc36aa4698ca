"""Package source by symbol."""

import pytest

from book.source import definitions, module_path, symbol_source


@pytest.fixture
def source(package):
    def source(text, symbol, head=False):
        package.write_text(text)
        return symbol_source("microgpt.engine", symbol, head)

    return source


CLASS = '''\
@final
class A:
    """Doc."""

    x = 1

    def __init__(self):
        self.y = 2

    @property
    def z(self):
        return 3
'''


def test_a_method_is_dedented_and_keeps_its_decorators(source):
    assert source(CLASS, "A.z") == ("@property\ndef z(self):\n    return 3\n")


def test_the_head_of_a_class_ends_before_its_first_method(source):
    head = source(CLASS, "A", head=True)
    assert head.startswith("@final\nclass A:")
    assert head.endswith("        self.y = 2\n")


def test_the_head_of_a_class_without_methods_is_all_of_it(source):
    assert source("class A:\n    x = 1\n", "A", head=True).endswith("x = 1\n")


def test_a_constant_is_a_symbol(source):
    assert (
        source("x = 1\nB: int = (\n    2\n)\n", "B") == "B: int = (\n    2\n)\n"
    )


@pytest.mark.parametrize("symbol", ["B", "A.q", "A.z.q", "A.x.y"])
def test_a_missing_symbol_is_named(source, symbol):
    with pytest.raises(LookupError, match=f"no symbol {symbol}"):
        source(CLASS, symbol)


def test_a_head_of_a_function_is_refused(source):
    with pytest.raises(LookupError, match="head is for a class"):
        source("def f(): pass\n", "f", head=True)


@pytest.mark.parametrize("name", ["microgpt.engin", "microgp", "microgpt.a.b"])
def test_a_missing_module_is_named(package, name):
    with pytest.raises(LookupError, match=f"no module is called {name}"):
        module_path(name)


def test_source_is_read_without_importing_it(source):
    assert source("1 / 0\ndef f(): pass\n", "f") == "def f(): pass\n"


def test_definitions_come_in_the_order_of_the_file(source):
    source(CLASS + "\n\ndef f(): pass\n", "f")
    names = [name for name, _ in definitions("microgpt.engine")]
    assert names == ["A", "A.__init__", "A.z", "f"]
