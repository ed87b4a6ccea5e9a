"""Missing values: imputation, pooling, and what if the unseen are worse."""
