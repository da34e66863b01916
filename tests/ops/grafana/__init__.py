"""Tests of the dashboards; tests/ops/test_demo.py runs their queries."""
