"""What happened and what must hold: events, money, rules. No pandas, no machine learning."""
