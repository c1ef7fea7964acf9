"""The log that cannot be changed unseen: chained entries, signed checkpoints, verification.

Way: decisions, cases, accesses -> here, in the transaction of what they tell of -> `evenhand
verify-log`, `evenhand log`. A database holds several chains, one per jurisdiction and purpose:
`rg:GB`, `aml:GB`, `kyc:GB`, `access:GB`. See docs/audit-log.md.
"""
