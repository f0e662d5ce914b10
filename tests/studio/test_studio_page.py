import base64
import io
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from skimage import data

import au_tf

KINDS = ("png", "jpg", "render", "glb", "animated-glb", "mp4", "webm", "gif", "csv", "coefficients")
MOUTH = np.s_[140:165, 205:245]
"""Of the astronaut's picture."""
FAR = np.s_[:, 330:]

DROP = """([content, name]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const held = new DataTransfer();
  held.items.add(new File([bytes], name));
  for (const type of ["dragenter", "dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(type, { dataTransfer: held, bubbles: true, cancelable: true }));
}"""
TOLD = """() => {
  const [notice, busy] = ["notice", "busy"].map((id) => document.getElementById(id).textContent);
  return JSON.stringify({ ...document.documentElement.dataset, notice, busy });
}"""
SETTLED = "() => { const { asked, shown } = document.documentElement.dataset; return asked && asked === shown; }"


@pytest.fixture
def page(studio, browser, tmp_path):
    context = browser.new_context(viewport={"width": 1400, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.asked_for, page.errors = [], []
    page.on("request", lambda request: page.asked_for.append(request.url))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(studio)
    page.wait_for_selector("html[data-started=yes]")
    yield page
    assert page.errors == []
    context.close()


def drop(page, content, name):
    page.evaluate(DROP, [base64.b64encode(content).decode(), name])


def png(picture):
    written = io.BytesIO()
    Image.fromarray(picture).save(written, "PNG")
    return written.getvalue()


def seen(page):
    """What the page shows of the photo, as large as the photo is."""
    try:
        page.wait_for_function(SETTLED)
    except Exception as error:
        raise AssertionError(page.evaluate(TOLD)) from error
    url = page.evaluate("() => document.getElementById('picture').toDataURL('image/png')")
    picture = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB")
    return np.asarray(picture.resize((512, 512), Image.Resampling.BOX), np.float32)


def test_photo_is_dropped_moved_undone_exported_and_there_after_reloading(page, tmp_path):
    drop(page, png(data.astronaut()), "astronaut of mine.png")
    page.wait_for_selector("html[data-ready=face]")
    page.get_by_role("button", name="Whole").click()
    before = seen(page)
    slider = page.get_by_role("slider", name="AU12 lip corner puller")
    slider.focus()
    page.keyboard.press("End")
    smile = seen(page)
    assert np.abs(smile - before)[MOUTH].mean() > 8
    np.testing.assert_array_equal(smile[FAR], before[FAR])
    page.keyboard.press("Control+z")
    assert slider.input_value() == "0"
    np.testing.assert_array_equal(seen(page), before)
    page.keyboard.press("Control+Shift+z")
    np.testing.assert_array_equal(seen(page), smile)
    for kind in KINDS:
        with page.expect_download() as coming:
            page.click(f"button[data-kind={kind}]")
        place = tmp_path / coming.value.suggested_filename
        coming.value.save_as(place)
        assert place.name.startswith("astronaut of mine") and place.stat().st_size > 100, kind
        if kind not in ("csv", "coefficients"):
            assert au_tf.verify(place).intact, kind
    assert au_tf.Face.from_coefficients(tmp_path / "astronaut of mine-AU12_5.npz").name
    assert au_tf.read_timeline(tmp_path / "astronaut of mine.csv", 25).intensities.max() == 5
    page.reload()
    page.wait_for_selector("html[data-ready=face]")
    page.get_by_role("button", name="Whole").click()
    assert page.get_by_role("slider", name="AU12 lip corner puller").input_value() == "5"
    np.testing.assert_array_equal(seen(page), smile)
    page.keyboard.press("Control+z")
    np.testing.assert_array_equal(seen(page), before)
    assert {urlsplit(url).hostname for url in page.asked_for if not url.startswith(("blob:", "data:"))} == {"127.0.0.1"}


def test_what_cannot_be_used_is_told_in_a_line_and_the_page_goes_on(page):
    drop(page, b"no picture", "letter.png")
    page.wait_for_selector("#notice:not([hidden])")
    assert page.inner_text("#notice").startswith("letter.png: file: found no picture, expected one of PNG")
    drop(page, bytes(5_000_000), "huge.png")
    page.wait_for_function("() => document.getElementById('notice').textContent.includes('5 MB; 4 MB')")
    drop(page, png(np.full((64, 64, 3), 128, np.uint8)), "grey.png")
    page.wait_for_function("() => document.getElementById('notice').textContent.includes('a face of at least 30')")
    assert page.is_visible("#landing")


def test_a_refused_photo_leaves_the_one_that_is_shown_as_it_is(page):
    page.click("#starts button:nth-child(3)")
    page.wait_for_selector("html[data-ready=face]")
    slider = page.locator("#sliders input[type=range]").first
    slider.fill("3")
    shown = seen(page)
    drop(page, b"no picture", "letter.png")
    page.wait_for_function("() => document.getElementById('notice').textContent.includes('letter.png')")
    assert slider.input_value() == "3"
    np.testing.assert_array_equal(seen(page), shown)
    page.click("#astronaut")
    page.wait_for_selector("html[data-ready=face]")
    page.wait_for_function("() => document.querySelector('#sliders input[type=range]').value === '0'")


def test_time_line_is_loaded_played_and_edited_by_keys(page):
    page.click("#starts button:nth-child(3)")
    page.wait_for_selector("html[data-ready=face]")
    table = "frame,timestamp,confidence,success,AU12_r,AU04_r\n1,0.0,0.9,1,0,0\n2,0.3,0.9,1,4.0,0\n3,0.6,0.9,1,0,2\n"
    page.set_input_files("#table", {"name": "talk.csv", "mimeType": "text/csv", "buffer": table.encode()})
    page.wait_for_selector(".lane >> nth=1")
    page.wait_for_function("() => document.getElementById('play').textContent === 'Play'")
    assert page.get_by_role("slider", name="AU4 brow lowerer").input_value() == "2"
    key = page.get_by_role("button", name="AU12 at 0.30 s: 4.00")
    key.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="AU12 at 0.35 s: 4.25").press("Delete")
    assert page.locator(".lane .area button").count() == 5


def test_sides_move_apart(page):
    page.click("#starts button:nth-child(3)")
    page.wait_for_selector("html[data-ready=face]")
    page.get_by_role("button", name="Close-up").click()
    rest = seen(page)
    page.check("#apart")
    page.get_by_role("slider", name="AU12 lip corner puller, left").press("End")
    moved = np.abs(seen(page) - rest).mean(-1)
    # The person's left is on the right of the picture.
    assert moved[:, 256:].sum() > 3 * moved[:, :256].sum()
    page.wait_for_function("() => document.getElementById('command').textContent.includes('L12=5')")
    assert not page.get_by_role("slider", name="AU26 jaw drop, left").count()
    page.reload()
    page.wait_for_selector("html[data-ready=face]")
    sides = [page.get_by_role("slider", name=f"AU12 lip corner puller, {side}") for side in ("left", "right")]
    assert page.is_checked("#apart") and [side.input_value() for side in sides] == ["5", "0"]


def test_face_turns_as_it_is_dragged(page):
    page.click("#starts button:nth-child(3)")
    page.wait_for_selector("html[data-ready=face]")
    page.wait_for_selector("#busy", state="hidden")
    page.wait_for_timeout(1000)
    before = page.locator("#scene").screenshot()
    box = page.locator("#scene canvas").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 150, middle[1], steps=5)
    page.mouse.up()
    page.wait_for_timeout(1000)
    turned = page.locator("#scene").screenshot()
    one, other = (np.asarray(Image.open(io.BytesIO(each)).convert("L"), np.float32) for each in (before, turned))
    assert np.abs(one - other).mean() > 3


def test_each_of_two_faces_can_be_picked(page):
    one = data.astronaut()[:384, 64:384]
    drop(page, png(np.hstack([one, one[:, ::-1]])), "two.png")
    page.wait_for_selector("#picks:not([hidden])")
    moved = []
    for number in (1, 2):
        page.locator("#picks button").nth(number - 1).click()
        page.wait_for_selector("html[data-ready=face]")
        page.wait_for_selector(f"#picks button:nth-child({number})[aria-pressed=true]")
        page.get_by_role("button", name="Whole").click()
        page.get_by_role("slider", name="AU12 lip corner puller").press("Home")
        rest = seen(page)
        page.get_by_role("slider", name="AU12 lip corner puller").press("End")
        changed = np.abs(seen(page) - rest).mean(-1).sum(0)
        moved.append(np.average(np.arange(512), weights=changed) > 256)
    assert sorted(moved) == [False, True]


def test_what_is_asked_for_while_the_connection_breaks_is_shown(page):
    broken = []

    def pass_on(route):
        server = route.connect_to_server()

        def out(message):
            if broken:
                server.send(message)
                return
            broken.append(message)
            route.close(code=4000, reason="broken")

        route.on_message(out)

    page.route_web_socket("**/live/**", pass_on)
    page.reload()
    page.wait_for_selector("html[data-started=yes]")
    drop(page, png(data.astronaut()), "astronaut.png")
    page.wait_for_selector("html[data-ready=face]")
    seen(page)
    assert broken


def test_picture_of_the_camera_is_taken_and_another_generator_chosen(page):
    page.click("#starts button:nth-child(2)")
    page.wait_for_function("() => document.getElementById('video').videoWidth > 0")
    page.click("#shoot")
    page.wait_for_selector("html[data-ready=face]")
    page.get_by_role("slider", name="AU12 lip corner puller").press("End")
    first = seen(page)
    page.select_option("#choice", "1")
    page.wait_for_selector("html[data-ready=face]")
    page.wait_for_function("() => document.getElementById('command').textContent.includes('--generator')")
    assert page.get_by_role("slider", name="AU12 lip corner puller").input_value() == "5"
    assert np.abs(seen(page) - first)[FAR].max() <= 1
