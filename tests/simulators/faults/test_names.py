import pytest

from simulators.errors import UnknownFault
from simulators.faults import FAULTS, Fault, chosen


def test_faults_are_chosen_one_by_one_or_with_commas() -> None:
    assert chosen(["pet", "multipath, auto_cancel"]) == {Fault.PET, Fault.MULTIPATH, Fault.AUTO_CANCEL}


def test_none_is_no_fault_and_all_is_every_one() -> None:
    assert chosen(["none"]) == chosen([]) == frozenset()
    assert chosen(["all"]) == chosen(["none", "all"]) == set(Fault)


def test_a_wrong_name_lists_the_names_there_are() -> None:
    with pytest.raises(
        UnknownFault, match=r'no fault "ghost": take none, all, tare_drift, .*several_at_once'
    ):
        chosen(["pet,ghost"])


def test_every_fault_says_what_it_does() -> None:
    assert list(FAULTS) == list(Fault)
