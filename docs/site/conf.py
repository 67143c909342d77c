"""The site: Sphinx with MyST, so that pages stay plain Markdown, and Furo (light, dark, phones; nothing is fetched).
Sphinx's search works from files, without a server; mkdocs's does not."""

import badwire

project = "badwire"
author = "The badwire authors"
project_copyright = author
release = version = badwire.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["site"]

smartquotes = False  # "--seed" stays as it is typed

# Anchors as GitHub makes them.
myst_heading_anchors = 4

html_theme = "furo"
html_title = "badwire"
html_static_path = ["site/static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False

pygments_style = "default"
pygments_dark_style = "monokai"

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}


def indent_of(line):
    return len(line) - len(line.lstrip())


def mark_code(app, what, name, thing, options, lines):
    """In docstrings, code is what stands further to the right after an empty line."""
    marked, before = [], ""
    for line in lines:
        begins = line.strip() and marked and not marked[-1].strip() and indent_of(line) > indent_of(before)
        if begins and before.strip() and not before.rstrip().endswith("::"):
            marked += [" " * indent_of(before) + "::", ""]
        marked.append(line)
        before = line if line.strip() else before
    lines[:] = marked


def setup(app):
    app.connect("autodoc-process-docstring", mark_code, priority=100)  # before Napoleon
