"""Networks: vector fields, projections, encoders."""
