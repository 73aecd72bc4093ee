"""Where things stand on the board, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

from releve.contexts.booking.queries import BoardColumn, BoardEntry, DayBoard
from releve.web.desk.day_board import FOLDED_ROWS, Scale, lay_out, steps_of

DAY = date(2026, 3, 4)


def at(hour, minute=0):
    return datetime(2026, 3, 4, hour, minute, tzinfo=UTC)


def shift(pk, start, end, person="Martin", status="confirmed"):
    practitioner = SimpleNamespace(rhythm_minutes=15, display_name=person) if person else None
    return SimpleNamespace(
        pk=pk,
        starts_at=start,
        ends_at=end,
        status=status,
        version=1,
        practitioner=practitioner,
        practitioner_id=hash(person) if person else None,
        room=None,
    )


def visit(pk, start, minutes=15, status="booked", lane=0, **fields):
    appointment = SimpleNamespace(
        pk=pk,
        starts_at=start,
        ends_at=start + timedelta(minutes=minutes),
        status=status,
        lane=lane,
        sequence=0,
        updated_at=start,
        arrived_at=None,
        patient=SimpleNamespace(display_name="DURAND Paul"),
        reason=SimpleNamespace(label="Suivi", category="follow_up"),
        **fields,
    )
    return BoardEntry("appointment", appointment.starts_at, appointment.ends_at, appointment)


def board_of(*columns, counts=None):
    return DayBoard(SimpleNamespace(pk=1), DAY, list(columns), [], counts or {})


def laid(board, now=None, today=DAY, may_manage=True):
    return lay_out(board, now=now or at(9), today=today, may_manage=may_manage)


def test_rows_are_proportional_and_lunch_is_folded():
    scale = Scale.of([(120, 150), (170, 200), (151, 155)])
    assert scale.row(120) == 1
    assert scale.row(123) == 4
    assert scale.row(155) == 36
    assert scale.row(170) == 36 + FOLDED_ROWS
    assert scale.rows == 35 + FOLDED_ROWS + 30
    assert not scale.contains(160)


def test_two_shifts_of_one_doctor_are_one_column():
    board = laid(
        board_of(
            BoardColumn(shift(1, at(8), at(11)), [], booked=2),
            BoardColumn(shift(2, at(13), at(16)), [], booked=1),
            BoardColumn(shift(3, at(8), at(11), person=None, status="open")),
        )
    )
    assert [len(column.blocks) for column in board.columns] == [2, 1]
    assert board.columns[0].booked == 3
    assert board.columns[1].is_need
    assert board.has_doctor


def test_overbooked_visits_share_the_width_and_only_they():
    entries = [visit(1, at(8)), visit(2, at(8, 15)), visit(3, at(8, 15), lane=1), visit(4, at(8, 30))]
    block = laid(board_of(BoardColumn(shift(1, at(8), at(11)), entries))).columns[0].blocks[0]
    assert [(v.lane, v.lanes) for v in block.visits] == [(1, 1), (1, 2), (2, 2), (1, 1)]


def test_free_time_offers_starts_but_not_in_the_past_nor_in_a_sliver():
    entries = [BoardEntry("free", at(8), at(8, 10)), BoardEntry("free", at(9), at(10))]
    column = BoardColumn(shift(1, at(8), at(11)), entries)
    sliver, hour = laid(board_of(column), now=at(9, 50)).columns[0].blocks[0].free
    assert sliver.starts == []
    assert [(s.starts_at.minute, s.past) for s in hour.starts] == [
        (0, True),
        (15, True),
        (30, False),
        (45, False),
    ]
    assert [s.first for s in hour.starts] == [False, False, True, False]
    assert [s.row for s in hour.starts] == [1, 4, 7, 10]


def test_lateness_is_the_longest_of_waits_and_overruns_from_ten_minutes():
    waiting = visit(1, at(9), status="arrived")
    inside = visit(2, at(8, 30), status="in_progress")
    column = BoardColumn(shift(1, at(8), at(11)), [waiting, inside])
    assert laid(board_of(column), now=at(9, 5)).columns[0].late_minutes == 20
    assert laid(board_of(column), now=at(8, 54)).columns[0].late_minutes == 0
    assert laid(board_of(column), now=at(9, 5), today=date(2026, 3, 5)).columns[0].late_minutes == 0


def test_steps_and_the_step_back():
    assert [s.status for s in steps_of("booked")[0]] == ["arrived", "noshow"]
    assert steps_of("booked")[1] == ""
    steps, back = steps_of("arrived")
    assert ([s.status for s in steps], back) == (["in_progress", "left", "fulfilled"], "booked")
    assert steps_of("fulfilled") == ([], "in_progress")
    assert steps_of("booked", begun=False) == ([], "")


def test_version_changes_with_what_is_shown_not_with_time():
    def board(status="booked"):
        return board_of(BoardColumn(shift(1, at(8), at(11)), [visit(1, at(8), status=status)]))

    assert laid(board(), now=at(8)).version == laid(board(), now=at(9)).version
    assert laid(board()).version != laid(board("arrived")).version
    assert laid(board()).version != laid(board(), may_manage=False).version
