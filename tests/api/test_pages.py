"""Pages and reports as people read them, and how they log in."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from html.parser import HTMLParser

import msgspec
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from analysis.catalogue import METRICS
from api.access import COOKIE
from api.languages import Language
from api.remembered import Remembered
from api.report import render_report
from api.report.content import gather
from api.results import Results
from pilots.civil_time import now
from pilots.plan import read_plan
from pilots.registry import DailyValue
from store import IntakeCounts
from store.losses import Loss, loss_letter
from tests.api.installation import ALARM, BED, EVENING, OURS, PLAN, SECOND, Installation, fill
from tests.parts import require

PAGE = f"/pilots/{OURS}"


class _Outline(HTMLParser):
    """What a screen reader goes by."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headers_without_scope = self.tables = self.captions = self.unlabelled_drawings = 0
        self.landmarks: list[str] = []
        self.language: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang")
        self.tables += tag == "table"
        self.captions += tag == "caption"
        self.headers_without_scope += tag == "th" and "scope" not in given
        self.unlabelled_drawings += "drawing" in (given.get("class") or "") and not given.get("aria-label")
        if tag in ("main", "header", "footer", "nav"):
            self.landmarks.append(tag)


@pytest.mark.parametrize(("language", "said"), [("sv", "Inför brett"), ("en", "Introduce broadly")])
def test_a_pilot_page_says_its_recommendation_in_the_language_asked_for(
    filled: Installation, language: str, said: str
) -> None:
    page = filled.get(f"{PAGE}?lang={language}").text
    assert said in page
    assert _Outline(page).language == language


def test_the_page_tells_a_change_with_its_interval(filled: Installation) -> None:
    page = filled.get(f"{PAGE}?lang=en").text
    assert re.search(r"<strong>−1\.1\d</strong>", page)
    assert "24 of 24" in page
    assert "Goal reached" in page
    assert "a change; it does not say what caused" in page


def test_a_small_group_is_hidden_from_an_evaluator_and_from_the_report(filled: Installation) -> None:
    for page in (filled.get(PAGE, "evaluator").text, filled.get(f"/api/v1{PAGE}/report").text):
        assert "&lt;5" in page
        assert "för få deltagare" in page
        assert "4 av 12" not in page
    assert "&lt;5</td>" not in filled.get(PAGE, "leader").text.split("Svar på larm")[0]


def test_an_evaluator_sees_no_device(filled: Installation) -> None:
    assert f"{OURS}.bed-01" in filled.get(PAGE).text
    assert f"{OURS}.bed-01" not in filled.get(PAGE, "evaluator").text


def test_a_page_can_be_read_without_seeing_it(filled: Installation) -> None:
    for path in (PAGE, "/"):
        outline = _Outline(filled.get(path).text)
        assert {"main", "header", "footer", "nav"} <= set(outline.landmarks)
        assert outline.tables == outline.captions > 0
        assert outline.headers_without_scope == outline.unlabelled_drawings == 0


def test_a_pilot_without_readings_shows_how_to_send_the_first(empty: Installation) -> None:
    page = empty.get(f"{PAGE}?lang=en").text
    assert "No readings yet" in page
    assert f"pilotbed send {OURS}.bed-01 bed weight_kg=71.2" in page


def test_page_and_report_say_what_they_are_not(filled: Installation) -> None:
    for path in (f"{PAGE}?lang=en", f"/api/v1{PAGE}/report?lang=en", "/login?lang=en"):
        assert "not a medical device, and not the alarm chain of last resort" in filled.get(path).text


def test_a_report_is_one_file_that_needs_nothing_else(filled: Installation) -> None:
    answer = filled.get(f"/api/v1{PAGE}/report?format=html&lang=en")
    assert "style-src 'sha256-" in answer.headers["content-security-policy"]
    assert "<style>" in answer.text
    assert "<svg" in answer.text
    assert not re.search(r'(?:src|href)="(?!data:|#)', answer.text)


def test_a_report_is_made_without_http_too(filled: Installation) -> None:
    made = msgspec.json.decode(render_report(filled.registry, filled.store, OURS, "json", "sv"))
    assert made["evaluation"]["recommendation"] == "introduce"
    assert made["participants"][0] == {"group": "intervention", "started": 24, "planned": 24}
    small = [item for item in made["evaluation"]["items"] if item["group"] == "comparison"]
    assert all(item["suppressed"] for item in small)
    page = render_report(filled.registry, filled.store, OURS, "html", "sv").decode()
    assert "Slutrapport" in page


def test_a_report_holds_no_participant_and_no_device(filled: Installation) -> None:
    for form in ("json", "html"):
        report = filled.get(f"/api/v1{PAGE}/report?format={form}").text
        assert f"{OURS}.bed-01" not in report
        assert not [code for code in (*filled.intervention, *filled.comparison) if code in report]


def test_a_stranger_gets_the_login_page_and_comes_back_to_where_they_went(empty: Installation) -> None:
    asked = empty.client.get(PAGE, headers={"Accept": "text/html"})
    assert asked.status_code == 401
    assert f'name="next" value="{PAGE}"' in asked.text
    form = {"token": empty.tokens["leader"], "next": PAGE}
    answer = empty.client.post("/login", data=form, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == PAGE
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_a_wrong_token_does_not_log_in(empty: Installation) -> None:
    answer = empty.client.post("/login", data={"token": "wrong"})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "/login"])
def test_a_login_leads_nowhere_else(empty: Installation, elsewhere: str) -> None:
    form = {"token": empty.tokens["leader"], "next": elsewhere}
    answer = empty.client.post("/login", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_a_login_link_works_once(empty: Installation) -> None:
    link = f"/login/{empty.registry.create_login('leader', OURS)}"
    first = empty.client.get(link, follow_redirects=False)
    assert (first.status_code, first.headers["location"]) == (303, PAGE)
    empty.client.cookies.clear()
    assert empty.client.get(link, follow_redirects=False).status_code == 401


def test_logging_out_forgets_the_cookie(empty: Installation) -> None:
    empty.client.get(f"/login/{empty.registry.create_login('leader', OURS)}")
    page = empty.client.get("/").text
    (csrf,) = re.findall(r'name="csrf_token" value="(\w+)"', page)
    assert empty.client.post("/logout", data={"csrf_token": "guessed"}).status_code == 403
    empty.client.post("/logout", data={"csrf_token": csrf})
    assert COOKIE not in empty.client.cookies


def _measure_in_both_phases(installation: Installation, metric: str) -> None:
    days = [
        first + timedelta(days=day) for first in (date(2026, 2, 1), date(2026, 4, 1)) for day in range(14)
    ]
    installation.registry.put_daily_values(
        OURS,
        [
            DailyValue(code, day, metric, float(day.month), None, None, 1, 1.0, None)
            for code in installation.intervention
            for day in days
        ],
    )


def test_the_swedish_page_tells_its_methods_in_swedish(empty: Installation) -> None:
    fill(empty)
    for metric in ("weight_loss_screening_percent", "relative_amplitude", "device_uptime_percent"):
        _measure_in_both_phases(empty, metric)
    swedish, english = (
        unescape(empty.get(f"{PAGE}?lang={language}").text.split('id="methods"')[1].split("</section>")[0])
        for language in ("sv", "en")
    )
    told = [metric.method for metric in METRICS.values() if metric.method in english]
    assert len(told) > 3
    assert not [method for method in told if method in swedish]
    assert "Hodges-Lehmann, exact" in english
    assert "Hodges-Lehmann, exact" not in swedish
    assert 'lang="en"' not in swedish


@pytest.mark.parametrize(
    ("language", "alone", "beside"),
    [
        (
            "sv",
            "Varje intervall och varje p gäller sitt mått för sig",
            "Varken p eller intervallen är justerade",
        ),
        (
            "en",
            "Each interval and each p stands for its metric alone",
            "Neither p nor the intervals are adjusted",
        ),
    ],
)
def test_figures_that_are_not_adjusted_for_their_number_say_so_where_they_stand(
    empty: Installation, language: str, alone: str, beside: str
) -> None:
    fill(empty)
    _measure_in_both_phases(empty, "relative_amplitude")
    page = empty.get(f"{PAGE}?lang={language}").text
    assert alone in page
    assert beside in page


@pytest.mark.parametrize(
    ("language", "note"), [("sv", "screening, ingen diagnos"), ("en", "screening, no diagnosis")]
)
def test_metrics_stand_by_section_and_what_is_screening_says_so(
    empty: Installation, language: Language, note: str
) -> None:
    fill(empty)
    for metric in ("weight_loss_screening_percent", "relative_amplitude", "device_uptime_percent"):
        _measure_in_both_phases(empty, metric)
    html = empty.get(f"{PAGE}?lang={language}").text
    titles = {name: metric.title[language] for name, metric in METRICS.items()}
    main, beside = html.split('id="evaluation"')[1].split("<details>")[:2]
    (loss,) = re.findall(rf'<th scope="row">{titles["weight_loss_screening_percent"]}.*', main)
    assert note in loss
    assert f'<th scope="row">{titles["relative_amplitude"]}' not in main
    assert f'<th scope="row">{titles["relative_amplitude"]}' in beside
    assert f'<th scope="row">{titles["device_uptime_percent"]}' in main


def test_the_plans_goals_stand_first_and_each_once(filled: Installation) -> None:
    page = filled.get(f"{PAGE}?lang=en", "leader").text.split('id="evaluation"')[1].split("</section>")[0]
    headings = re.findall(r'scope="rowgroup" colspan="8">([^<]+)<', page)
    assert headings[0] == "The plan&#39;s goals"
    rows = re.findall(r'<th scope="row">([^<]+)<', page.split("evaluation-comparison")[0])
    assert len(rows) == len(set(rows)) > 0


def test_without_goals_one_metric_of_each_section_is_drawn(empty: Installation) -> None:
    text = PLAN.format(pilot="utan-mal").split("goals:")[0]
    empty.registry.add_pilot(read_plan(text), text)
    snapshot = Results(empty.registry, empty.store, Remembered()).now("utan-mal")
    drawn = list(gather(snapshot, at_us=now(), suppress=False, by_device=True).weeks)
    assert [METRICS[name].section for name in drawn] == list(
        dict.fromkeys(metric.section for metric in METRICS.values())
    )
    assert {METRICS[name].level for name in drawn} == {"measure"}


@pytest.fixture
def served(empty: Installation) -> Iterator[str]:
    fill(empty)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(empty.client.app, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()


def test_a_browser_shows_the_page_without_errors_and_a_phone_without_scrolling_sideways(
    empty: Installation, served: str
) -> None:
    chromium = require("chromium")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        tab = browser.new_page(viewport={"width": 400, "height": 800}, locale="en-GB")
        complaints: list[str] = []
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.goto(f"{served}/login/{empty.registry.create_login('leader', OURS)}")
        assert tab.url == f"{served}{PAGE}"
        assert tab.get_by_text("Introduce broadly").is_visible()
        assert tab.locator("figure svg").count() >= 4
        assert tab.evaluate("document.documentElement.scrollWidth") == 400
        assert len(tab.screenshot(full_page=True)) > 50_000
        for width in (400, 1200):
            tab.set_viewport_size({"width": width, "height": 800})
            assert [each["id"] for each in Axe().run(tab).response["violations"]] == []
        tab.goto(f"{served}/api/v1{PAGE}/report?lang=sv")
        assert tab.locator(".answer", has_text="Inför brett").is_visible()
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(252, 251, 248)"
        browser.close()
    assert complaints == []


@pytest.mark.parametrize(
    ("language", "none", "said"),
    [
        ("sv", "Inget som enheterna har skickat är lagt åt sidan.", "samma meddelande via flera mottagare"),
        ("en", "Nothing that the devices sent was set aside.", "the same message by several receivers"),
    ],
)
def test_what_devices_sent_that_is_no_reading_stands_with_its_reason_in_the_readers_words(
    empty: Installation, language: str, none: str, said: str
) -> None:
    fill(empty)
    assert none in empty.get(f"{PAGE}?lang={language}").text
    empty.store.commit([], counts=IntakeCounts(set_aside={(BED, "repeat"): 1234, (ALARM, "no_fix"): 1}))
    page = empty.get(f"{PAGE}?lang={language}").text
    assert none not in page
    shown = page.split('id="set-aside"')[1]
    assert shown.index(BED) < shown.index(said) < shown.index(ALARM), "the device of most stands first"
    assert re.search(r">1.234</td>", shown)
    assert _Outline(page).headers_without_scope == 0
    assert said not in empty.get(f"{PAGE}?lang={language}", "evaluator").text


def test_leaders_see_how_each_device_is_heard_and_nobody_else(empty: Installation) -> None:
    empty.registry.add_device(OURS, "gps-07", "gps", "owntracks", "warden/7e", None)
    empty.registry.add_device(OURS, "bed-07", "bed", "tts", "24e124538c491285", None, "milesight-vs373")
    fill(empty)
    for role in ("leader", "admin"):
        page = empty.get(f"{PAGE}?lang=en", role).text
        assert "All devices (4)" in page
        assert re.findall(r'<td class="code">(.*)</td>', page.split("All devices")[1])[:6] == [
            *("tts", "milesight-vs373", "24e124538c491285"),
            *("owntracks", "–", "warden/7e"),
        ]
        outline = _Outline(page)
        assert outline.tables == outline.captions
    for role in ("grafana", "evaluator"):
        page = empty.get(f"{PAGE}?lang=en", role).text
        assert "warden/7e" not in page
        assert "All devices" not in page
    assert "warden/7e" not in empty.get(f"/api/v1{PAGE}/report").text


def test_before_the_first_reading_the_page_says_what_was_set_aside(empty: Installation) -> None:
    empty.store.commit([], counts=IntakeCounts(set_aside={(BED, "stale"): 2}))
    page = empty.get(f"{PAGE}?lang=en").text
    assert page.index("No readings yet") < page.index("presence unknown")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sv", "Meddelanden som skickades mellan 12 jan. 2026 21:00 och 12 jan. 2026 22:00 gick förlorade"),
        ("en", "Messages sent between 12 Jan 2026 21:00 and 12 Jan 2026 22:00 were lost"),
    ],
)
def test_what_the_embedded_broker_lost_stands_beside_the_data_quality(
    empty: Installation, language: str, said: str
) -> None:
    loss = Loss(EVENING, EVENING + 3600 * SECOND)
    fill(empty)
    assert said not in empty.get(f"{PAGE}?lang={language}").text
    empty.store.commit([], [loss_letter(loss, loss.end)])
    assert said in empty.get(f"{PAGE}?lang={language}").text
    shown = empty.get(f"/api/v1{PAGE}/quality", "evaluator").json()["summary"]["broker_losses"]
    assert shown == [{"start": "2026-01-12T20:00:00Z", "end": "2026-01-12T21:00:00Z"}]
