"""Will an active player fall silent for 30 days?"""

from models.spec import Baseline, Bound, Label, Learner, ModelCard, Population, Term
from models.views import PLAYER_VALUE_VIEWS

ACTIVITY = (Term("bet_placed"), Term("deposit_approved"))

CHURN_30D = ModelCard(
    name="churn_30d",
    foretells="No bet and no approved deposit in the 30 days after the cut-off.",
    # A fixed gap, so that a score means the same for every player and its label ripens on a known
    # day; the player's own rhythm enters as features (silence against his own mean gap).
    label=Label("silence", ACTIVITY),
    horizon_days=30,
    population=Population(ACTIVITY, within_days=30),
    features=PLAYER_VALUE_VIEWS,
    judged_by="auc",
    baseline=Baseline("recency", "since_last", ACTIVITY),
    accept=(Bound("auc", at_least=0.75), Bound("ece", at_most=0.02)),
    learner=Learner(("binary",)),
    owner="player-value",
    limits="For the timing of service contact only. Never a reason to offer a bonus to a player "
    "whom the responsible-gambling state protects; silence may be recovery.",
)
