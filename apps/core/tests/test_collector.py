"""The collector is off inside and as it was afterwards, whatever happens."""

import gc

import pytest

from apps.core.collector import paused_collector


def test_the_collector_runs_again_afterwards():
    with paused_collector():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_runs_again_after_a_fault():
    with pytest.raises(ValueError, match="x"), paused_collector():
        raise ValueError("x")
    assert gc.isenabled()


def test_one_that_was_off_stays_off():
    gc.disable()
    try:
        with paused_collector():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
