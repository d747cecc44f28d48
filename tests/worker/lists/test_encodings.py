# ruff: noqa: RUF001 - letters of other languages are meant
"""Encodings: titles of many languages in the encodings their spreadsheets write, one or a few to a list."""

import time
from pathlib import Path

import pytest

from worker.lists.encodings import guess_encoding
from worker.lists.files import find_encoding
from worker.lists.reading import read_list

LINK = "https://youtu.be/dQw4w9WgXcQ"
TITLES = {
    "cp1250": (
        "Pelíšky",
        "Ostře sledované vlaky",
        "Człowiek z żelaza",
        "Szegénylegények",
        "Őszi almanach",
        "Kočár",
        "Říše",
        "Černá",
        "Tűz",
        "Gyűlölet",
    ),
    "iso8859_2": ("Příliš žluťoučký kůň", "Pelíšky", "Mężczyźni", "Są"),
    "cp1251": (
        "война и мир",
        "название",
        "Брат",
        "Зеркало",
        "Ирония судьбы",
        "Ёлки",
        "Тіні забутих предків",
        "Москва слезам не верит",
    ),
    "mac_roman": ("Amélie", "Das weiße Band", "Año bisiesto", "Crème Brûlée", "À bout de souffle", "Über uns das All"),
    "cp1252": (
        "Amélie",
        "Das weiße Band",
        "Año bisiesto",
        "It’s a Wonderful Life",
        "Trolljegeren – Ø",
        "São Paulo",
        "Søen",
        "Hævnen",
        "Hawaï",
        "Où est mon dû",
        "Jeûne",
        "Così fan tutte",
        "Gräns",
        "“Crocodile” Dundee",
        "8½",
    ),
    "cp932": ("千と千尋の神隠し", "君の名は。", "七人の侍", "ゴジラ"),
    "gb18030": ("卧虎藏龙", "霸王别姬", "让子弹飞", "英雄"),
    "big5": ("臥虎藏龍", "悲情城市", "花樣年華"),
    "koi8_r": ("Сталкер", "Ирония судьбы"),
    "cp1255": ("ולס עם באשיר", "הערת שוליים", "ביקור התזמורת"),
    "cp1256": ("المومياء", "باب الحديد"),
    "cp1254": ("Kış Uykusu", "Ağır Roman"),
}


@pytest.mark.parametrize(("encoding", "title"), [(name, title) for name, titles in TITLES.items() for title in titles])
def test_a_single_title_shows_its_encoding(encoding: str, title: str) -> None:
    data = f"title,url\n{title},{LINK}\n".encode(encoding)
    assert title in data.decode(guess_encoding(data))


@pytest.mark.parametrize("encoding", TITLES)
def test_the_titles_of_a_list_survive_and_the_guess_is_told(tmp_path: Path, encoding: str) -> None:
    rows = "".join(f"{title};{LINK}\n" for title in TITLES[encoding])
    path = tmp_path / "list.csv"
    path.write_bytes(f"title;url\n{rows}".encode(encoding))
    found = read_list(path)
    assert tuple(row.title for row in found) == TITLES[encoding]
    assert "which is a guess" in found.notes[0]


def test_nothing_is_guessed_of_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"title,url\nČlověk,{LINK}\n", encoding="utf-8")
    assert read_list(path).notes == ()


@pytest.mark.parametrize(
    ("scrambled", "title"),
    [
        ("AmÃ©lie", "Amélie"),
        ("São Paulo", "São Paulo"),
        ("SÃO PAULO", "SÃO PAULO"),
        ("Ä°stanbul", "İstanbul"),
        ("RÄ«ga", "Rīga"),
        ("Mccoy – DrÃ¥ber", "Mccoy – Dråber"),
        ("ðŸ˜Š Smile", "😊 Smile"),
        ("ğŸ˜Š Smile", "😊 Smile"),
    ],
)
def test_utf_8_that_was_read_as_something_else_is_mended(tmp_path: Path, scrambled: str, title: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"title,url\n{scrambled},{LINK}\n", encoding="utf-8")
    assert [row.title for row in read_list(path)] == [title]


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("cp1252", "Kinosäle"),
        ("cp1251", "Bсеки човек има право на образование."),
        ("cp1252", "Bonjour, je suis à la recherche d'une aide sur les étoiles"),
        ("utf-8", "Carter’s Janitorial"),
        ("cp932", "表示ファイル"),
    ],
)
def test_texts_that_other_programs_guessed_wrong_are_read_right(tmp_path: Path, encoding: str, title: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(f"title;url\n{title};{LINK}\n".encode(encoding))
    assert [row.title for row in read_list(path)] == [title]


def test_a_binary_row_changes_no_encoding(tmp_path: Path) -> None:
    path = tmp_path / "films.csv"
    binary = bytes(range(256)).replace(b"\n", b"") * 20
    path.write_bytes("url,title\nhttps://youtu.be/dQw4w9WgXcQ,Amélie\n".encode() + binary + b"\n")
    assert find_encoding(path) == ("utf-8", False)
    path.write_bytes("url,title\nhttps://youtu.be/dQw4w9WgXcQ,Amélie\n".encode("cp1252") + binary + b"\n")
    assert find_encoding(path) == ("cp1252", True)


def test_a_word_of_a_megabyte_costs_no_time() -> None:
    begun = time.process_time()
    assert guess_encoding(b"x" * 2**20 + " Amélie Köln".encode("cp1252")) == "cp1252"
    assert time.process_time() - begun < 5
