"""Events as the fields of a journal line, and back."""

from collections.abc import Mapping

import pytest

from cockpit.foundation.errors import JournalError
from cockpit.journal import events as ev
from cockpit.journal.chain import JournalLine, Json

AT = "2026-03-01T02:00:00+00:00"


def line(event: Mapping[str, Json]) -> JournalLine:
    fields = {"at": AT, "mono_s": 1.0, "by": "monitors", "event": event}
    return JournalLine(1, "0" * 64, "1" * 64, fields)


def changed(before: str, after: str) -> Mapping[str, Json]:
    return {
        "kind": "monitor-changed",
        "monitor": "p95",
        "before": before,
        "after": after,
        "text": "p95",
    }


@pytest.mark.parametrize("status", ev.MonitorStatus)
def test_a_status_is_its_word_in_the_journal(status: ev.MonitorStatus) -> None:
    entry = ev.decode(line(changed("not measured", status.value)))
    assert isinstance(entry.event, ev.MonitorChanged)
    assert entry.event.before is ev.MonitorStatus.NOT_MEASURED
    assert entry.event.after is status
    assert type(ev.encode(entry)["event"]["after"]) is str


def test_a_status_of_a_later_version_is_read_and_written_as_it_is() -> None:
    """A journal with an unknown status still opens; the status is none of the known ones."""
    written = line(changed("ok", "drowsy"))
    entry = ev.decode(written)
    assert isinstance(entry.event, ev.MonitorChanged)
    assert entry.event.after == "drowsy"
    assert entry.event.after not in set(ev.MonitorStatus)
    assert ev.encode(entry)["event"] == written.fields["event"]


def test_a_status_that_is_no_text_is_refused() -> None:
    fields = {**changed("ok", "ok"), "after": 3}
    with pytest.raises(JournalError, match="line 1 of the journal says nothing known"):
        ev.decode(line(fields))
