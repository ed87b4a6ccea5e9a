"""Turning chapters into a site: parameters, tasks, staging, verification."""
