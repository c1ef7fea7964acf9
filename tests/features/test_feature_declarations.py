"""Names, refusals and words of the views."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import DeclarationError, LeakError
from features.catalogue import as_markdown
from features.check import flaws, refuse_leaks
from features.describe import catalogue
from features.dialect import in_dialect
from features.frame import steps_of
from features.measures import (
    DAY,
    LIFE,
    WEEK,
    By,
    Count,
    Distinct,
    Max,
    Sum,
    Trend,
    Where,
    Window,
)  # fmt: skip
from features.registry import all_views, feature_names, views_named
from features.spec import FeatureView, SharedIdentityView, View

ROOT = Path(__file__).resolve().parents[2]
every_view = pytest.mark.parametrize("view", all_views(), ids=lambda view: str(view.name))

SOUND = FeatureView(
    name="tried",
    source="deposit_approved",
    noun="try",
    subject="tries",
    category="deposit_behaviour",
    indicator="customer_spend",
    owner="tests",
    why="To be broken.",
    windows=(WEEK,),
    measures=(Count(),),
)


def test_names_are_as_reviewed() -> None:
    golden = (ROOT / "tests/golden/feature_names.txt").read_text().split()

    assert feature_names(all_views()) == golden, (
        "a served feature is not renamed: add a new one; if this is one, write the names to "
        "tests/golden/feature_names.txt and let the diff be reviewed"
    )


def test_there_are_features_of_every_category() -> None:
    categories = {meta.category for meta in catalogue().values()}

    assert len(catalogue()) >= 120
    assert categories == {
        "deposit_behaviour", "game_preferences", "session_patterns", "bonus_response",
        "support_interactions", "markers_of_harm", "fraud_signals", "account_profile",
    }  # fmt: skip


@every_view
def test_a_view_is_sound_and_reads_facts_only(view: View) -> None:
    refuse_leaks(view)

    assert flaws(view) == []


@every_view
def test_a_view_can_be_carried_to_spark(view: View) -> None:
    text = "\n".join(in_dialect(step.select, "spark") for step in steps_of(view))

    for only_duckdb in ("EPOCH_US", "STRUCT_PACK", "STRPOS", " // "):
        assert only_duckdb not in text


@pytest.mark.parametrize("source", ["truth", "truth_players", "read_parquet('var/truth/*')"])
def test_ground_truth_is_refused_as_a_source(source: str) -> None:
    planted = replace(SOUND, source=source)

    with pytest.raises(LeakError, match="not a fact of the event contract"):
        steps_of(planted)


def test_the_simulators_own_tables_of_truth_are_refused(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "harm_state.parquet").touch()

    for table in (tmp_path / "truth").glob("*.parquet"):
        for source in (table.stem, table.as_posix()):
            with pytest.raises(LeakError):
                refuse_leaks(replace(SOUND, source=source))


@pytest.mark.parametrize("decision", ["scored", "gated", "alert_raised", "case_decided"])
def test_what_the_house_decided_is_no_feature(decision: str) -> None:
    with pytest.raises(LeakError, match="decision of the house"):
        refuse_leaks(replace(SOUND, source=decision))


@pytest.mark.parametrize("column", ["label", "is_fraud", "true_harm_state", "no_such_column"])
def test_a_column_outside_the_contract_is_refused(column: str) -> None:
    with pytest.raises(LeakError, match=column):
        refuse_leaks(replace(SOUND, measures=(Sum(column),)))


def test_a_link_over_an_unknown_column_is_refused() -> None:
    view = views_named(["shared_device"])[0]
    assert isinstance(view, SharedIdentityView)

    with pytest.raises(LeakError, match="ring_id"):
        refuse_leaks(replace(view, links=(("deposit_approved", "ring_id"),)))


UNEVEN = Window("5d", 5 * 86_400, 2 * 86_400, "in the last 5 days")


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (replace(SOUND, windows=(UNEVEN,)), "does not divide"),
        (replace(SOUND, measures=(Sum("method"),)), "only integers"),
        (replace(SOUND, source="scored", measures=(Sum("score"),)), "only integers"),
        (replace(SOUND, measures=(Max("instrument_id"),)), "only integers"),
        (
            replace(SOUND, source="session_ended", measures=(Distinct("depleted"),)),
            "text or integers",
        ),
        (replace(SOUND, measures=(Count(by=By("method", ("cheque",))),)), "never is"),
        (replace(SOUND, where=(Where("fact", ("bet_placed",)),)), "never is"),
        (replace(SOUND, where=(Where("amount_minor", ("12",)),)), "compares it to"),
        (replace(SOUND, measures=(Count(), Count())), "made twice"),
        (replace(SOUND, why=""), "must be said"),
        (
            replace(
                SOUND, derived=(Trend(label="t", phrase="", measure=Count(), short=DAY, long=LIFE),)
            ),
            "longer window",
        ),
    ],
)
def test_a_flaw_is_named(broken: FeatureView, says: str) -> None:
    assert any(says in flaw for flaw in flaws(broken)), flaws(broken)


def test_a_bad_name_is_refused_at_once() -> None:
    with pytest.raises(DeclarationError, match="lower case"):
        replace(SOUND, noun="Try!")


def test_an_unknown_view_names_the_known_ones() -> None:
    with pytest.raises(DeclarationError, match="deposits"):
        views_named(["deposit"])


def test_the_catalogue_is_up_to_date() -> None:
    written = (ROOT / "docs/features.md").read_text()

    assert written.strip() == as_markdown(all_views()).strip(), (
        "run `evenhand features list --markdown > docs/features.md`"
    )
