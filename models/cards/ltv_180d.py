"""How much net revenue will a player bring in 180 days?"""

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
from models.views import PLAYER_VALUE_VIEWS

# Cash only: bonus stakes and bonus wins move no money of the house; a bonus costs when it turns
# real, a charge-back costs the deposit. Negative for lucky players. Base currency, minor units.
NET_REVENUE = (
    Term("bet_placed", column="wager_base_minor"),
    Term("bet_won", column="wager_base_minor", sign=-1),
    Term("bet_rolled_back", column="wager_base_minor", sign=-1),
    Term("bonus_completed", column="turned_real_base_minor", sign=-1),
    Term("deposit_charged_back", column="amount_base_minor", sign=-1),
)

LTV_180D = ModelCard(
    name="ltv_180d",
    foretells="Net cash revenue over the 180 days after the cut-off: stakes less wins, rolled-back "
    "stakes, bonuses turned real and charge-backs, in base-currency minor units.",
    label=Label("total", NET_REVENUE),
    horizon_days=180,
    population=Population((Term("bet_placed"), Term("deposit_approved")), within_days=60),
    features=PLAYER_VALUE_VIEWS,
    judged_by="normalised_gini",
    baseline=Baseline("last-90-days value", "past_total", NET_REVENUE, days=90),
    accept=(
        Bound("normalised_gini", at_least=0.60),
        Bound("spearman", at_least=0.40),
        Bound("total_ratio", at_least=0.80, at_most=1.25),
        Bound("coverage", at_least=0.75, at_most=0.87),
    ),
    learner=Learner(
        ("tweedie", "signed_sqrt regression"),
        learning_rate=0.04,
        num_leaves=15,
        # Totals of a whole life grow with the log: a test row's lie beyond all that training saw.
        blind_to=("sum_life", "count_life", "max_life", "distinct_life", "since_first_life"),
    ),
    split=LaterTimeOtherPlayers(
        warmup_days=45, test_days=28, validation_share=0.15, calibration_share=0.25
    ),
    owner="player-value",
    limits="For planning, and for service to players free of any sign of harm. Never raises a "
    "limit, never leaves the house for a protected player, says nothing of what he can afford.",
)
