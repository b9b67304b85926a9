"""Steps as processes that outlive the cockpit: supervisor, step, tail."""
