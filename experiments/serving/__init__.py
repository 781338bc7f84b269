"""How fast the service answers, beside what it is made of and beside MLflow's own."""
