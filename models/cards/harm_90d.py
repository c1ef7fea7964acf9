"""Will a player show a strong sign of gambling harm within 90 days? Proposes a review; no more."""

from models.spec import (
    Baseline,
    Bound,
    Label,
    LaterTimeOtherPlayers,
    Learner,
    ModelCard,
    Population,
    Term,
)  # fmt: skip
from models.views import HARM_VIEWS

# Prospective: what the player or a person at the desk does later, never what a survey finds back.
# Short time-outs are left out: many healthy players use them, as they are meant to.
SIGNS = (
    Term("player_self_excluded"),
    Term("limit_set", where="change = 'decrease' AND amount_minor * 2 <= previous_minor"),
    Term("case_decided", where="desk = 'rg' AND outcome = 'confirmed'"),
)
DEPOSITED = (Term("deposit_approved", column="amount_base_minor"),)

HARM_90D = ModelCard(
    name="harm_90d",
    foretells="Within 90 days after the cut-off the player excludes himself, cuts a limit to half "
    "or less, or a case of the responsible-gambling desk is confirmed.",
    label=Label("incident", SIGNS),
    horizon_days=90,
    population=Population((Term("bet_placed"), Term("deposit_approved")), within_days=30),
    features=HARM_VIEWS,
    judged_by="auc",
    baseline=Baseline("deposits of 30 days", "past_total", DEPOSITED, days=30),
    accept=(Bound("auc", at_least=0.70), Bound("ece", at_most=0.02)),
    learner=Learner(("binary",), num_leaves=15),
    split=LaterTimeOtherPlayers(test_days=56),
    owner="player-safety",
    limits="Proposes a review by a person. Never blocks, limits or contacts a player by itself, "
    "never is a reason to withhold a withdrawal, and never serves marketing. A low score clears "
    "nobody: the rules and the player's own word stand above it.",
    approvers=2,
)
