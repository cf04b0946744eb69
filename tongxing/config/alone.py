"""Pages that stand alone as files (the report of `tongxing link`, the draft of a breach report): styles inside them."""

from pathlib import Path

from django.utils.safestring import SafeString, mark_safe

STYLES = Path(__file__).with_name("link_report.css")


def styles() -> SafeString:
    """The element with our own styles."""
    return mark_safe(f"<style>{STYLES.read_text(encoding='utf-8')}</style>")  # noqa: S308  ours, from a file
