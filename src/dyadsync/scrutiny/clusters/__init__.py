"""Few therapists: mixed models, wild bootstraps, and what they can say."""
