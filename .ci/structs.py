"""For mypy: `msgspec.structs.replace` takes the struct's own fields, of their own types.

Its stub takes anything; mypy knows better for dataclasses alone, whose rule this lends.
"""

from collections.abc import Callable

from mypy.plugin import FunctionSigContext, Plugin
from mypy.plugins.dataclasses import replace_function_sig_callback
from mypy.types import FunctionLike


class Structs(Plugin):
    """Check the arguments of `replace` as if the struct were a dataclass."""

    def get_function_signature_hook(
        self, fullname: str
    ) -> Callable[[FunctionSigContext], FunctionLike] | None:
        """Return the rule for `replace`."""
        return replace_function_sig_callback if fullname == "msgspec.structs.replace" else None


def plugin(version: str) -> type[Plugin]:
    """Return the plugin that mypy loads."""
    return Structs
