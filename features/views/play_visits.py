"""How long a player really plays, session facts or none. Way: play and payments -> here -> harm."""

from features.measures import DAY, MONTH, WEEK
from features.spec import SessionView

PLAY_VISITS = SessionView(
    name="play_visits",
    source=("bet_placed", "bet_won", "deposit_approved", "player_logged_in"),
    noun="play_visit",
    subject="play visits",
    gap_s=1_800,
    windows=(DAY, WEEK, MONTH),
    category="session_patterns",
    indicator="time_spent",
    owner="player-safety",
    why="Not every platform says when a session ended, and an open tab is no play; time really "
    "played shows in what the player does, with no pause longer than half an hour.",
)
