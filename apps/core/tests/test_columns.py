"""The column chooser: order and choice from the URL, fixed columns stay."""

from django.test import RequestFactory

from apps.core.columns import Column, chosen, shown

COLUMNS = (Column("name", "姓名", is_fixed=True), Column("unit", "单位"), Column("seen", "登录"))


def keys(url):
    return [column.key for column in shown(chosen(RequestFactory().get(url), COLUMNS))]


class TestChosen:
    def test_shows_the_defaults_when_nothing_is_asked(self):
        assert keys("/") == ["name", "unit", "seen"]

    def test_takes_choice_and_order_from_the_url(self):
        assert keys("/?col=seen&col=name") == ["seen", "name"]

    def test_keeps_fixed_columns_and_ignores_unknown_and_repeated_keys(self):
        assert keys("/?col=seen&col=nonsense&col=seen") == ["name", "seen"]

    def test_offers_the_hidden_ones_for_choosing(self):
        columns = chosen(RequestFactory().get("/?col=name"), COLUMNS)
        assert [column.key for column in columns if not column.is_shown] == ["unit", "seen"]
