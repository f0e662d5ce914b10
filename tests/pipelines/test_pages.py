"""Markdown of reports as HTML."""

from html.parser import HTMLParser

from au_tf.evaluation.reports.text_tables import markdown
from au_tf.pipelines.pages import page
from au_tf.pipelines.reproduction_report import demoted


class Reader(HTMLParser):
    """Checks that what is opened is closed, and keeps text by tag."""

    def __init__(self):
        super().__init__()
        self.open, self.texts, self.pictures = [], {}, []

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.pictures.append(dict(attrs)["src"])
        elif tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)


def test_everything_a_report_holds_is_there():
    table = markdown(["", "MAE"], [["CAAE*", "0.330 ± 0.001"], ["a < b", "1"]])
    text = f"# Title\n\nOne line\nand `code`.\n\n    au-tf x\n    more\n\n{table}\n\n## Next\n\n![Fig. 5](a.png)\n"
    reader = Reader()
    reader.feed(page("Title", text))
    assert reader.open == [] and reader.pictures == ["a.png"]
    assert reader.texts["h1"] == ["Title"] and reader.texts["h2"] == ["Next"]
    assert reader.texts["code"] == ["code", "au-tf x\nmore\n"]
    assert reader.texts["td"] == ["CAAE*", "0.330 ± 0.001", "a < b", "1"] and reader.texts["th"] == ["MAE"]


def test_markdown_beyond_what_reports_hold_today():
    reader = Reader()
    reader.feed(
        page("T", "- one\n- *two*\n\n> told\n\n<script>x</script> [a](b.md)\n\n| a | b |\n|---|--:|\n| 1 | a \\| b |")
    )
    assert reader.open == [] and reader.texts["em"] == ["two"] and reader.texts["td"] == ["1", "a | b"]
    assert "script" not in reader.texts and reader.texts["a"] == ["a"]


def test_headings_go_down_a_level():
    assert demoted("# A\n\ntext # no\n\n## B") == "## A\n\ntext # no\n\n### B"
    assert demoted("Beyond [Table 1](table1.md), ![it](it.png)") == "Beyond Table 1, ![it](it.png)"
