"""Will an account turn out to be in fraud within 72 hours?"""

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
from models.views import FRAUD_VIEWS

CHARGED_BACK = Term("deposit_charged_back", dated_by=("deposit_approved", "payment_id"))
FRAUD_BLOCK = Term(
    "player_blocked",
    where="reason IN ('fraud_chargeback', 'fraud_multi_account', 'fraud_bonus_abuse')",
)

FRAUD_72H = ModelCard(
    name="fraud_72h",
    foretells="In the 72 hours after the cut-off the account makes a deposit that is charged back "
    "within 60 days, or is blocked for fraud.",
    # A charge-back counts when its deposit was made and is known weeks later: a row is not used
    # for training until 60 days have passed, or every fresh fraud would be taught as honest.
    label=Label("incident", (CHARGED_BACK, FRAUD_BLOCK), matures_days=60),
    horizon_days=3,
    population=Population((Term("deposit_approved"), Term("player_registered")), within_days=3),
    features=FRAUD_VIEWS,
    judged_by="average_precision",  # the desk reads the top of a queue of rare events
    baseline=Baseline("account age", "since_last", (Term("player_registered"),), sign=-1),
    accept=(
        Bound("average_precision", at_least=0.20),
        Bound("auc", at_least=0.85),
        Bound("ece", at_most=0.02),
    ),
    learner=Learner(("binary",), num_leaves=7, min_child_samples=20, feature_fraction=0.3),
    split=LaterTimeOtherPlayers(
        every_days=1,
        warmup_days=3,
        test_days=240,
        recent_days=365,
        test_share=0.40,
        validation_share=0.12,
        calibration_share=0.18,
        rows={"train": 60_000, "validation": 15_000, "calibration": 20_000, "test": 25_000},
    ),
    owner="fraud",
    limits="Orders the fraud desk's queue. Never blocks, never delays a withdrawal by itself, and "
    "is never shown to the CRM or the player.",
)
