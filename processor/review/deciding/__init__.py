"""What a reviewer asks for, held against contract and rules, and what follows from a ruling; pure.

Item + Wanted + Task -> Weighed (a Ruling, or what stands against it)
Item + Ruling + Task -> Result | Retry | ProducerRecord | None
"""
