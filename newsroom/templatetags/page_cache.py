"""A part of a template that is kept as long as nothing that it carries changes."""

from django import template

from newsroom.page_cache import carry
from newsroom.page_cache.parts import remembered

register = template.Library()


class KeptPart(template.Node):
    def __init__(self, nodes, name, arguments, carrying):
        self.nodes, self.name, self.arguments, self.carrying = nodes, name, arguments, carrying

    def render(self, context):
        key = f"{self.name}:{[argument.resolve(context, ignore_failures=True) for argument in self.arguments]}"

        def make():
            names = self.carrying.resolve(context) if self.carrying else ()
            carry(*([names] if isinstance(names, str) else names))
            return self.nodes.render(context)

        return remembered(key, make)


@register.tag
def kept_part(parser, token):
    """{% kept_part "name" argument … of names %}…{% endkept_part %}: kept once for each value of all that the part
    reads, which the arguments must name. `names` are those of rows that were loaded before it."""
    _tag, name, *words = token.split_contents()
    carrying = None
    if "of" in words:
        *words, _of, carrying = words
        carrying = parser.compile_filter(carrying)
    nodes = parser.parse(("endkept_part",))
    parser.delete_first_token()
    return KeptPart(nodes, name.strip('"'), [parser.compile_filter(word) for word in words], carrying)
