#!/usr/bin/env python3
"""Makes odd_torrents.json: torrents that are odd in one way each, and what libtorrent and stp make of them.

Needs python3-libtorrent 2.0 (Debian 12: 2.0.8). Run in this folder; the outcome is deterministic. A row is
    row(NAME, TORRENT, stp=…, why=…)
Without `stp`, stp does as libtorrent does: it refuses what libtorrent refuses, and reads the same names, sizes, links and
pieces from the rest. With `stp`, it does what is said there, and `why` is the reason. In `stp` and in the outcome, a string is
the kind of error with which it is refused, and anything else is what is read: the keys that differ (stp), or all (libtorrent). A name
that is the info-hash is "".
"""
import hashlib
import json
import multiprocessing
import os
import tempfile

import libtorrent as lt

PIECE = 16 * 1024


class Raw(bytes):
    """Bencode as it is."""


def bencode(value):
    if isinstance(value, Raw):
        return bytes(value)
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    pairs = [(key.encode() if isinstance(key, str) else key, each) for key, each in value.items()]
    return b"d" + b"".join(bencode(key) + bencode(each) for key, each in sorted(pairs)) + b"e"


def unsorted(*pairs):
    return Raw(b"d" + b"".join(bencode(key) + bencode(each) for key, each in pairs) + b"e")


def changed(base, changes):
    """`base` with other values; None removes a key."""
    merged = {**base, **{key.replace("_", " ") if " " not in key else key: each for key, each in changes.items()}}
    return {key: each for key, each in merged.items() if each is not None}


def torrent(info, **outside):
    return bencode(changed({"info": info}, outside))


ROWS = []


def row(name, data, stp=None, why=None):
    assert (stp is None) == (why is None) and all(other["name"] != name for other in ROWS), name
    ROWS.append({"name": name, "torrent": data, "stp": stp, "why": why})


# v1 ------------------------------------------------------------------------------------------------------------------


def listed(path, length=1, **more):
    """An entry of "files"."""
    entry = {"length": length, "path": path if isinstance(path, (list, Raw)) else path.split("/")}
    return changed(entry, more)


def link(path, target, length=0, **more):
    return listed(path, length, attr="l", symlink_path=target if isinstance(target, (list, Raw)) else target.split("/"), **more)


def pad(length, **more):
    return listed(f".pad/{length}", length, attr="p", **more)


def v1(files, hashes=1, piece_length=PIECE, name="n", **more):
    info = {"files": files, "name": name, "piece length": piece_length, "pieces": b"p" * 20 * hashes}
    return torrent(changed(info, more))


def single(name="n", length=1, hashes=1, piece_length=PIECE, **more):
    return torrent(changed({"length": length, "name": name, "piece length": piece_length, "pieces": b"p" * 20 * hashes}, more))


def v1_names():
    row("PathWithTraversal", v1([listed(["..", "..", "etc", "passwd"])]))
    row("PathWithTraversalInTheMiddle", v1([listed(["a", "..", "b"])]))
    row("PathOfTraversalAlone", v1([listed([".."])]))
    row("PathOfDotsAlone", v1([listed([".", ".", "."])]))
    row("PathWithADot", v1([listed(["a", ".", "b"])]))
    row("PathWithThreeDots", v1([listed(["...", "b"])]))
    row("PathIsAbsolute", v1([listed(["/etc/passwd"])]))
    row("PathBeginsWithASlash", v1([listed(["/", "etc", "passwd"])]))
    row("PathIsAbsoluteInOnePart", v1([listed(["", "etc", "passwd"])]))
    row("PathWithAnEmptyPart", v1([listed(["a", "", "b"])]))
    row("PathEndsWithAnEmptyPart", v1([listed(["a", ""])]))
    row("PathIsAnEmptyList", v1([listed([])]))
    row("PathOfEmptyParts", v1([listed(["", ""])]))
    row("PathWithBackslashes", v1([listed(["..\\..\\windows", "a\\b"])]))
    row("PathOfBackslashes", v1([listed(["\\", "b"])]))
    row("PathWithADriveLetter", v1([listed(["C:", "a"])]))
    row("PathWithANul", v1([listed([b"a\0b"])]))
    row("PathOfANul", v1([listed([b"\0"])]))
    row("PathWithControlCharacters", v1([listed([b"a\x1b[31mb\x7fc"])]), stp={"files": [["a_[31mb_c", 1]]},
        why="DEL is a control character as well")
    row("PathWithC1Controls", v1([listed(["a\u009bb"])]), stp={"files": [["a_b", 1]]},
        why="a terminal would obey it; later versions of libtorrent do the same")
    row("PathWithALineBreak", v1([listed(["a\nb\tc"])]))
    row("PathWithDirectionMarks", v1([listed(["a\u202egpj.exe", "\u200eb\u200f"])]))
    row("PathOfADirectionMark", v1([listed(["\u202e"])]))
    row("PathWithOtherInvisibleCharacters", v1([listed(["a\u200bb\ufeffc\u2066d"])]))
    row("PathEndsWithBlanksAndDots", v1([listed(["a. ", "b ."])]))
    row("PathOfAReservedName", v1([listed(["CON", "a:b*c?"])]))
    row("PathOfTildes", v1([listed(["~", "$HOME", "-rf"])]))
    row("PathNotUtf8", v1([listed([b"b\xe4d"])]))
    row("PathWithOverlongUtf8", v1([listed([b"a\xc0\xafb"])]))
    row("PathWithASurrogate", v1([listed([b"a\xed\xa0\x80b"])]))
    row("PathCutInACharacter", v1([listed([b"a\xe2\x82"])]))
    row("PathBeyondUnicode", v1([listed([b"a\xf4\x90\x80\x80b"])]))
    row("PathPartOf255Bytes", v1([listed(["a" * 255])]))
    row("PathPartOf300BytesWithAnExtension", v1([listed(["a" * 300 + ".txt"])]))
    row("PathPartOf3000Bytes", v1([listed(["a" * 3000])]))
    row("PathOf100Parts", v1([listed(["d"] * 100)]), stp="limit",
        why="at most 90 folders: trees that deep are made to be in the way")
    row("PathOf5000Bytes", v1([listed(["d" * 200] * 25)]), stp="limit", why="Linux opens no path of more than 4,096 bytes")
    row("PathInUtf8IsPreferred", v1([listed([b"b\xe4d"], **{"path.utf-8": ["gut"]})]))
    row("PathInUtf8IsNoList", v1([listed(["a"], **{"path.utf-8": "gut"})]))
    row("PathInUtf8IsEmpty", v1([listed(["a"], **{"path.utf-8": []})]))
    row("PathInUtf8WithTraversal", v1([listed(["a"], **{"path.utf-8": ["..", "b"]})]))
    row("PathIsAString", v1([listed(Raw(b"1:a"))]))
    row("PathIsADictionary", v1([listed(Raw(b"d1:a1:be"))]))
    row("PathOfNumbers", v1([listed([1, 2])]))
    row("PathWithALastNumber", v1([listed(["a", 2])]))
    row("PathIsMissing", v1([{"length": 1}]))
    row("NameWithTraversal", single("../../etc/passwd"))
    row("NameOfTraversal", single(".."), stp={"name": "", "files": [["", 1]]},
        why="the info-hash names it, as libtorrent does for the same name of a folder")
    row("NameOfADot", v1([listed("a")], name="."))
    row("NameOfASlash", v1([listed("a")], name="/"))
    row("NameIsAbsolute", single("/etc/passwd"))
    row("NameIsEmpty", single(""), stp={"name": "", "files": [["", 1]]},
        why="the info-hash names it: nothing else is wrong with the torrent")
    row("NameIsMissing", single(None), stp={"name": "", "files": [["", 1]]}, why="as with an empty name")
    row("NameIsANumber", single(5), stp={"name": "", "files": [["", 1]]}, why="as with an empty name")
    row("NameNotUtf8", single(b"b\xe4d"))
    row("NameInUtf8IsPreferred", single(b"b\xe4d", **{"name.utf-8": "gut"}))
    row("NameInUtf8IsANumber", single("a", **{"name.utf-8": 5}))
    row("NameInUtf8IsEmpty", single("a", **{"name.utf-8": ""}), stp={"name": "a", "files": [["a", 1]]},
        why="there is a name")
    row("NameOf300Bytes", single("a" * 300 + ".txt"))
    row("NameWithABackslash", single("a\\b"))


def v1_clashes():
    row("SamePathTwice", v1([listed("a.txt"), listed("a.txt", 2)]))
    row("SamePathAsANumberedOne", v1([listed("a.txt"), listed("a.txt", 2), listed("a.1.txt", 3), listed("a.txt", 4)]))
    row("SamePathOfHiddenFiles", v1([listed(".rc"), listed(".rc", 2)]))
    row("SamePathOfEmptyFiles", v1([listed("a", 0), listed("a", 0), listed("b")]))
    row("SamePathAfterRepair", v1([listed(["a/b"]), listed(["ab"], 2)]))
    row("PathsThatDifferInCase", v1([listed("Readme"), listed("README", 2), listed("readme", 3)]),
        stp={"files": [["Readme", 1], ["README", 2], ["readme", 3]]},
        why="they are three names on Linux; libtorrent renames them for file systems where they are not")
    row("FoldersThatDifferInCase", v1([listed("D/a"), listed("d/a", 2)]), stp={"files": [["D/a", 1], ["d/a", 2]]},
        why="as above")
    row("PathsThatDifferInNormalForm", v1([listed("\u00e9"), listed("e\u0301", 2)]))
    row("FileThenFolderOfTheSameName", v1([listed("a"), listed("a/b", 2)]))
    row("FolderThenFileOfTheSameName", v1([listed("a/b"), listed("a", 2)]))
    row("FileOfTheSameNameAsTheShare", v1([listed("n"), listed("n/n", 2)]))
    row("OneFileInAList", v1([listed("a")]))
    row("OneFileOfTheSharesNameInAList", v1([listed("n")]))


def v1_sizes():
    row("LengthZero", single(length=0, hashes=0), stp={"name": "n", "files": [["n", 0]], "pieces": 0},
        why="an empty file is shared like any other")
    row("LengthZeroWithAPiece", single(length=0, hashes=1))
    row("OnlyEmptyFiles", v1([listed("a", 0), listed("b", 0)], hashes=0),
        stp={"name": "n", "files": [["a", 0], ["b", 0]], "pieces": 0}, why="empty files are shared like any other")
    row("EmptyFilesAround", v1([listed("a", 0), listed("b"), listed("c", 0)]))
    row("LengthNegative", single(length=-1))
    row("LengthNegativeInAList", v1([listed("a"), listed("b", -1)]))
    row("LengthHuge", single(length=2**62, hashes=1))
    row("LengthOf64Bits", single(length=2**63 - 1, hashes=1))
    row("LengthBeyond64Bits", single(length=Raw(b"i99999999999999999999e")))
    row("LengthSumOverflows", v1([listed("a", 2**62), listed("b", 2**62), listed("c", 2**62)]))
    row("LengthIsAString", single(length="1"))
    row("LengthIsMissing", single(length=None))
    row("LengthIsMissingInAList", v1([{"path": ["a"]}]))
    row("LengthAndFiles", v1([listed("a")], length=5))
    row("FilesIsEmpty", v1([], hashes=0))
    row("FilesIsADictionary", v1({"a": listed("a")}))
    row("FilesIsAString", v1("a"))
    row("FilesHasANumber", v1([listed("a"), 5]))
    row("PieceLengthZero", single(piece_length=0))
    row("PieceLengthNegative", single(piece_length=-PIECE))
    row("PieceLengthMissing", single(piece_length=None))
    row("PieceLengthIsAString", single(piece_length="16384"))
    row("PieceLengthOne", single(length=3, hashes=3, piece_length=1))
    row("PieceLengthNoPowerOfTwo", single(length=15001, hashes=2, piece_length=15000))
    row("PieceLength16MiB", single(piece_length=2**24))
    row("PieceLength32MiB", single(piece_length=2**25), stp="limit", why="a chunk is held in memory: at most 16 MiB")
    row("PieceLengthHuge", single(piece_length=2**40))
    row("PiecesMissing", single(pieces=None))
    row("PiecesIsANumber", single(pieces=1))
    row("PiecesIsAList", single(pieces=["p" * 20]))
    row("PiecesOf19Bytes", single(pieces=b"p" * 19))
    row("PiecesOf30Bytes", single(length=PIECE + 1, pieces=b"p" * 30))
    row("PiecesTooFew", single(length=PIECE + 1, hashes=1))
    row("PiecesTooMany", single(length=1, hashes=2))
    row("PiecesEmpty", single(hashes=0))
    row("PiecesHuge", single(length=(2**21 + 1) * PIECE, hashes=1))


def v1_attributes():
    row("PadFirst", v1([pad(PIECE), listed("a")], hashes=2))
    row("PadLast", v1([listed("a"), pad(PIECE - 1)]))
    row("PadLastBeyondItsPiece", v1([listed("a"), pad(2 * PIECE)], hashes=3))
    row("PadBetween", v1([listed("a"), pad(PIECE - 1), listed("b")], hashes=2))
    row("PadTooShort", v1([listed("a"), pad(5), listed("b")]))
    row("PadTooLong", v1([listed("a"), pad(PIECE), listed("b")], hashes=2))
    row("PadsInARow", v1([listed("a"), pad(5), pad(PIECE - 6), listed("b")], hashes=2))
    row("PadOfManyPieces", v1([listed("a"), pad(5 * PIECE - 1), listed("b")], hashes=6))
    row("PadOfZeroBytes", v1([listed("a"), pad(0), listed("b")]))
    row("PadNegative", v1([listed("a"), pad(-1), listed("b")]))
    row("PadWithoutAPath", v1([listed("a"), {"attr": "p", "length": 7}, listed("b")]))
    row("PadWithAPathOfNumbers", v1([listed("a"), listed([1], 7, attr="p"), listed("b")]))
    row("PadThatIsExecutable", v1([listed("a"), listed(".pad/7", 7, attr="xp"), listed("b")]))
    row("PadOfBitComet", v1([listed("a"), listed("_____padding_file_0_x", 7), listed("b")]))
    row("PadOfBitCometInAFolder", v1([listed("a"), listed("_____padding_file_0/x", 7), listed("b")]))
    row("PadsAlone", v1([pad(7)]), stp="malformed", why="there is no file")
    row("PadIsTheOnlyFile", single(length=7, attr="p"), stp={"files": [["n", 7]]}, why="what is alone is not between files")
    row("AttributesUnknown", v1([listed("a", attr="hzq9")]))
    row("AttributesOfAnotherType", v1([listed("a", attr=5)]))
    row("ExecutableFile", v1([listed("a", attr="x")]))
    row("TimeNegative", v1([listed("a", mtime=-1)]))
    row("LinkToAFile", v1([listed("d/a"), link("l", "d/a")]))
    row("LinkInAFolder", v1([listed("a"), link("d/e/l", "a")]))
    row("LinkToAFolder", v1([listed("d/a"), link("l", "d")]))
    row("LinkToAFolderAbove", v1([listed("d/a"), link("d/l", "d")]))
    row("LinkToItself", v1([listed("a"), link("l", "l")]))
    row("LinkToEachOther", v1([listed("a"), link("l", "m"), link("m", "l")]), stp={"symlinks": [["l", ""], ["m", ""]]},
        why="they lead nowhere, like a link to itself")
    row("LinkToALink", v1([listed("a"), link("l", "m"), link("m", "a")]))
    row("LinkThroughALink", v1([listed("d/a"), link("l", "d"), link("m", "l/a")]))
    row("LinkThroughItself", v1([listed("a"), link("l", "l/a")]))
    row("LinkThroughAFile", v1([listed("a"), link("l", "a/b")]))
    row("LinkOutside", v1([listed("a"), link("l", ["..", "..", "etc", "passwd"])]))
    row("LinkOutsideAndBack", v1([listed("a"), link("l", ["..", "n", "a"])]))
    row("LinkUpAndDown", v1([listed("d/a"), link("l", ["d", "..", "d", "a"])]))
    row("LinkIsAbsolute", v1([listed("a"), link("l", ["/etc/passwd"])]))
    row("LinkIsAbsoluteInOnePart", v1([listed("a"), link("l", ["", "etc", "passwd"])]))
    row("LinkToNothing", v1([listed("a"), link("l", "missing")]))
    row("LinkBesideItsTarget", v1([listed("d/a"), link("d/l", "a")]))
    row("LinkToTheRoot", v1([listed("a"), link("l", [])]))
    row("LinkWithoutATarget", v1([listed("a"), listed("l", 0, attr="l")]))
    row("LinkWhoseTargetIsAString", v1([listed("a"), link("l", Raw(b"1:a"))]))
    row("LinkWhoseTargetHasNumbers", v1([listed("a"), link("l", ["a", 5])]),
        stp={"files": [["a", 1]], "symlinks": [["l", ""]]}, why="the link leads nowhere; the files are as they should be")
    row("LinkWithALength", v1([listed("a"), link("l", "a", length=500)]))
    row("LinkWithoutALength", v1([listed("a"), link("l", "a", length=None)]))
    row("LinkWithANegativeLength", v1([listed("a"), link("l", "a", length=-1)]))
    row("LinkOfTheNameOfAFile", v1([listed("a"), link("a", "a")]))
    row("LinkOfTheNameOfAFolder", v1([link("d", "e"), listed("d/a"), listed("e/a", 2)]))
    row("LinkToAPad", v1([listed("a"), pad(7), link("l", ".pad/7")]), stp={"symlinks": [["l", ""]]}, why="a pad is not on disk")
    row("LinkToARenamedFile", v1([listed("a"), listed("a", 2), link("l", "a.1")]), stp={"symlinks": [["l", "a.1"]]},
        why="targets are looked for among the names that are on disk")
    row("LinkThatIsAPad", v1([listed("a"), listed("l", 0, attr="lp", symlink_path=["a"])]))
    row("LinksAlone", v1([link("l", "m"), link("m", "l")], hashes=0))
    row("TargetWithoutTheAttribute", v1([listed("a"), listed("b", 1, **{"symlink path": ["a"]})]))
    row("SingleFileThatIsALink", single(length=0, hashes=0, attr="l", **{"symlink path": ["n"]}),
        stp={"name": "n", "files": [["n", 0]], "symlinks": []}, why="an empty file is shared like any other")


def dictionaries():
    good = {"length": 1, "name": "n", "piece length": PIECE, "pieces": b"p" * 20}
    whole = "a file that does not end where it should is damaged"
    row("KeysUnsortedInInfo", torrent(unsorted(("pieces", b"p" * 20), ("piece length", PIECE), ("name", "n"), ("length", 1))))
    row("KeysUnsortedOutside", bencode(unsorted(("info", good), ("announce", "http://a/"))))
    row("KeyTwiceInInfo", torrent(unsorted(("length", 1), ("name", "n"), ("name", "m"), ("piece length", PIECE),
                                           ("pieces", b"p" * 20))))
    row("InfoTwice", bencode(unsorted(("info", good), ("info", {**good, "name": "m"}))))
    row("KeyIsANumber", Raw(b"d1:ai1ei5ei6ee"))
    row("InfoIsMissing", bencode({"announce": "http://a/"}))
    row("InfoIsAList", torrent([good]))
    row("InfoIsAString", torrent(bencode(good)))
    row("InfoIsEmpty", torrent({}))
    row("UnknownKeys", torrent({**good, "foo": {"bar": [1, {}]}, "source": "x"}, comment="c", created_by=5, zz=[]))
    row("PrivateOne", single(private=1))
    row("PrivateZero", single(private=0))
    row("PrivateTwo", single(private=2))
    row("PrivateNegative", single(private=-1))
    row("PrivateString", single(private="1"))
    row("PrivateList", single(private=[1]))
    row("PrivateOutsideInfo", torrent(good, private=1))
    row("TrailingBytes", torrent(good) + b"x", stp="malformed", why=whole)
    row("TrailingLineBreak", torrent(good) + b"\r\n")
    row("TrailingTorrent", torrent(good) * 2, stp="malformed", why=whole)
    row("Empty", b"")
    row("IsText", b"hello")
    row("IsHtml", b"<!DOCTYPE html><html></html>")
    row("IsAList", b"le")
    row("IsANumber", b"i5e")
    row("IsCutShort", torrent(good)[:-5])
    row("StringLongerThanTheFile", b"d4:info99999999:xe")
    row("StringLengthOverflows", b"d4:info99999999999999999999:xe")
    row("StringLengthNegative", b"d4:info-1:e")
    row("IntegerWithALeadingZero", single(length=Raw(b"i01e")))
    row("IntegerMinusZero", single(private=Raw(b"i-0e")))
    row("IntegerEmpty", single(private=Raw(b"ie")))
    row("IntegerWithAPlus", single(private=Raw(b"i+1e")))
    row("StringLengthWithALeadingZero", single(name=Raw(b"01:n")))
    row("NestedDeeply", torrent(good, zz=Raw(b"l" * 300 + b"e" * 300)))
    row("MetaVersionOne", single(meta_version=1))
    row("MetaVersionZero", single(meta_version=0))
    row("MetaVersionThree", single(meta_version=3))
    row("MetaVersionIsAString", single(meta_version="2"))
    row("MetaVersionTwoWithoutATree", single(meta_version=2))


def around():
    """What is outside the info dictionary."""
    good = {"length": 1, "name": "n", "piece length": PIECE, "pieces": b"p" * 20}

    def outside(name, stp=None, why=None, **members):
        row(name, torrent(good, **members), stp, why)

    outside("AnnounceIsANumber", announce=5)
    outside("AnnounceIsAList", announce=["http://a/"])
    outside("AnnounceIsEmpty", announce="")
    outside("AnnounceWithBlanks", announce=" http://a/ \n", stp={"trackers": ["http://a/"]},
            why="blanks and line breaks around a URL are not part of it")
    outside("AnnounceOfAnotherScheme", announce="wss://a/")
    outside("AnnounceWithoutAScheme", announce="tracker.example:80/announce")
    outside("AnnounceListIsAString", **{"announce-list": "http://a/"})
    outside("AnnounceListOfStrings", **{"announce-list": ["http://a/", "http://b/"]})
    outside("AnnounceListOfNumbers", **{"announce-list": [[1, 2], 3]})
    outside("AnnounceListOfEmptyTiers", announce="http://a/", **{"announce-list": [[], [""], []]})
    outside("AnnounceListNested", **{"announce-list": [[["http://a/"]], ["http://b/"]]})
    outside("AnnounceListWithRepeats", **{"announce-list": [["http://a/", "http://a/"], ["http://a/"]]},
            stp={"trackers": ["http://a/"]}, why="a tracker is asked once")
    outside("AnnounceNotInItsList", announce="http://a/", **{"announce-list": [["http://b/"]]},
            stp={"trackers": ["http://a/", "http://b/"]}, why="one tracker more finds more peers, not less")
    outside("UrlListIsAString", **{"url-list": "http://a/x"})
    outside("UrlListIsEmpty", **{"url-list": ""})
    outside("UrlListIsANumber", **{"url-list": 5})
    outside("UrlListIsADictionary", **{"url-list": {"a": "http://a/"}})
    outside("UrlListOfOddTypes", **{"url-list": [5, ["http://b/"], {}, "", "http://a/x"]})
    outside("UrlListWithRepeats", **{"url-list": ["http://a/x", "http://a/x"]})
    outside("UrlListWithBlanks", **{"url-list": [" http://a/x y "]}, stp={"web_seeds": ["http://a/x%20y"]},
            why="blanks around a URL are not part of it")
    outside("HttpSeedsIsAString", httpseeds="http://a/")
    outside("HttpSeedsIsEmpty", httpseeds=[])
    outside("NodesIsAString", nodes="127.0.0.1:6881")
    outside("NodesOfOddTypes", nodes=[5, "a", [], ["h"], ["h", "1"], [1, "h"], ["h", 1, 2], {"h": 1}])
    outside("NodesWithOddPorts", nodes=[["a", 0], ["b", -1], ["c", 65536], ["d", 2**40], ["e", 7]],
            stp={"nodes": ["e:7"]}, why="the others are not ports")
    outside("NodesOfIpv6", nodes=[["2001:db8::1", 1], ["192.0.2.1", 2], ["h.example", 3]])
    outside("CreationDateNegative", creation_date=-5)
    outside("CreationDateIsAString", creation_date="now")


# v2 and hybrids ------------------------------------------------------------------------------------------------------


def block_hashes(data):
    return [hashlib.sha256(data[at:at + PIECE]).digest() for at in range(0, len(data), PIECE)]


def merkle(leaves, empty=b"\0" * 32):
    width = 1
    while width < len(leaves):
        width *= 2
    layer = list(leaves) + [empty] * (width - len(leaves))
    while len(layer) > 1:
        layer = [hashlib.sha256(layer[i] + layer[i + 1]).digest() for i in range(0, len(layer), 2)]
    return layer[0]


def content(length):
    return bytes((i * 7 + i // 251) & 255 for i in range(length))


def leaf(length=1, **more):
    """A file in the tree; pieces are blocks."""
    properties = {"length": length}
    if isinstance(length, int) and 0 < length < 2**24:
        properties["pieces root"] = merkle(block_hashes(content(length)))
    return {"": changed(properties, more)}


def linked(target, **more):
    return leaf(0, attr="l", symlink_path=target.split("/") if isinstance(target, str) else target, **more)


def v2(tree, layers=None, name="n", piece_length=PIECE, **more):
    info = {"file tree": tree, "meta version": 2, "name": name, "piece length": piece_length}
    return torrent(changed(info, more), **{"piece layers": {} if layers is None else layers})


BIG = 3 * PIECE + 5
BIG_ROOT = merkle(block_hashes(content(BIG)))
BIG_LAYER = b"".join(block_hashes(content(BIG)))
STRICT = "names in a v2 part are used as they are or not at all: whoever makes v2 is young enough to make it right"


def v2_trees():
    big = {"n": leaf(BIG)}
    row("V2TwoFiles", v2({"a": leaf(), "d": {"b": leaf(2)}}))
    row("V2SingleFile", v2({"n": leaf()}))
    row("V2OneFileOfAnotherName", v2({"a": leaf()}), stp={"name": "n", "files": [["a", 1]]},
        why="it is in a folder of the share's name, as in v1 and in hybrids; libtorrent drops the name")
    row("V2OneFileInAFolderOfItsName", v2({"n": {"n": leaf()}}))
    row("V2TreeIsEmpty", v2({}))
    row("V2TreeIsMissing", v2(None))
    row("V2TreeIsAList", v2([leaf()]))
    row("V2TreeHasANumber", v2({"a": 5}))
    row("V2TreeUnsorted", v2(unsorted(("b", leaf()), ("a", leaf()))))
    row("V2TreeHasANameTwice", v2(unsorted(("a", leaf()), ("a", leaf(2)))))
    row("V2FileIsAString", v2({"a": {"": "x"}}))
    row("V2FileAndFolder", v2({"a": {**leaf(), "b": leaf()}}))
    row("V2FileAtTheTop", v2(leaf()))
    row("V2FolderIsEmpty", v2({"a": leaf(), "d": {}}))
    row("V2OnlyAnEmptyFolder", v2({"d": {}}), stp={"name": "n", "files": [], "pieces": 0},
        why="an empty folder is a thing to share")
    row("V2OnlyAnEmptyFile", v2({"a": leaf(0)}), stp={"name": "n", "files": [["a", 0]], "pieces": 0},
        why="an empty file is shared like any other")
    row("V2PathWithTraversal", v2({"..": {"a": leaf()}}), stp="malformed", why=STRICT)
    row("V2PathWithADot", v2({".": {"a": leaf()}}), stp="malformed", why=STRICT)
    row("V2PathWithASlash", v2({"a/b": leaf()}), stp="malformed", why=STRICT)
    row("V2PathWithABackslash", v2({"a\\b": leaf()}), stp={"name": "n", "files": [["a\\b", 1]]},
        why="a backslash is a character like any other on Linux, and v2 names are used as they are")
    row("V2PathWithANul", v2({b"a\0b": leaf()}), stp="malformed", why=STRICT)
    row("V2PathNotUtf8", v2({b"a\xff": leaf()}), stp="malformed", why=STRICT)
    row("V2PathWithADirectionMark", v2({"a\u202eb": leaf()}), stp={"name": "n", "files": [["a\u202eb", 1]]},
        why="names in a v2 part are used as they are, and escaped where they are shown")
    row("V2PathOf300Bytes", v2({"a" * 300: leaf()}), stp="malformed", why=STRICT)
    row("V2PathsThatDifferInCase", v2({"A": leaf(), "a": leaf(2)}), stp={"files": [["A", 1], ["a", 2]]},
        why="they are two names on Linux")
    row("V2PathOf150Folders", v2(eval_nested(150)))
    row("V2PathOf95Folders", v2(eval_nested(95)))
    row("V2NameWithASlash", v2({"n": leaf()}, name="a/b"), stp="malformed", why=STRICT)
    row("V2NameOfTraversal", v2({"n": leaf()}, name=".."), stp="malformed", why=STRICT)
    row("V2NameIsMissing", v2({"a": leaf()}, name=None), stp={"name": "", "files": [["a", 1]]},
        why="the info-hash names it, as in v1")
    row("V2RootMissing", v2({"a": leaf(**{"pieces root": None})}))
    row("V2RootOf31Bytes", v2({"a": leaf(**{"pieces root": b"r" * 31})}))
    row("V2RootOfZeros", v2({"a": leaf(**{"pieces root": b"\0" * 32})}))
    row("V2RootOfAnEmptyFile", v2({"a": leaf(0, **{"pieces root": b"r" * 32}), "b": leaf()}))
    row("V2RootTwice", v2({"a": leaf(), "b": leaf()}))
    row("V2LengthNegative", v2({"a": leaf(-1)}))
    row("V2LengthMissing", v2({"a": {"": {"pieces root": b"r" * 32}}}))
    row("V2LengthIsAString", v2({"a": leaf("1", **{"pieces root": b"r" * 32})}))
    row("V2LengthHuge", v2({"a": leaf(2**62, **{"pieces root": b"r" * 32})}))
    row("V2PieceLength8KiB", v2({"a": leaf()}, piece_length=8192))
    row("V2PieceLengthNoPowerOfTwo", v2({"a": leaf()}, piece_length=3 * PIECE))
    row("V2PieceLengthZero", v2({"a": leaf()}, piece_length=0))
    row("V2PieceLength16MiB", v2({"n": leaf()}, piece_length=2**24))
    row("V2PieceLength32MiB", v2({"a": leaf()}, piece_length=2**25), stp="limit", why="as in v1")
    row("V2PadInTheTree", v2({"a": leaf(), "b": leaf(PIECE, attr="p")}))
    row("V2Executable", v2({"n": leaf(attr="x")}))
    row("V2LinkToAFile", v2({"a": leaf(), "l": linked("a")}))
    row("V2LinkToAFolder", v2({"d": {"a": leaf()}, "l": linked("d")}))
    row("V2LinkThroughALink", v2({"d": {"a": leaf()}, "l": linked("d"), "m": linked("l/a")}))
    row("V2LinkOutside", v2({"a": leaf(), "l": linked(["..", "a"])}), stp={"symlinks": [["l", ""]]},
        why="BEP 47 forbids \"..\", and in v1 libtorrent refuses it, too")
    row("V2LinkIsAbsolute", v2({"a": leaf(), "l": linked(["/etc/passwd"])}))
    row("V2LinkToItself", v2({"a": leaf(), "l": linked("l")}))
    row("V2LinkWithARoot", v2({"a": leaf(), "l": leaf(5, attr="l", symlink_path=["a"])}))
    row("V2LinkBelowWhichIsAFile", v2({"l": {**linked("d"), "a": leaf()}, "d": {"a": leaf()}}))
    row("V2LayerIsRight", v2(big, {BIG_ROOT: BIG_LAYER}))
    row("V2LayersMissing", v2(big, {}))
    row("V2LayersIsAList", torrent({"file tree": big, "meta version": 2, "name": "n", "piece length": PIECE}, piece_layers=[]),
        stp={"name": "n", "files": [["n", BIG]], "pieces": 4, "symlinks": []},
        why="what is missing is learned from peers: layers are outside of what the info-hash covers")
    row("V2LayerIsWrong", v2(big, {BIG_ROOT: b"x" * 128}), stp="integrity",
        why="said at once; libtorrent finds out when it uses it")
    row("V2LayerOfOddLength", v2(big, {BIG_ROOT: BIG_LAYER[:-1]}))
    row("V2LayerTooShort", v2(big, {BIG_ROOT: BIG_LAYER[:-32]}))
    row("V2LayerIsEmpty", v2(big, {BIG_ROOT: b""}))
    row("V2LayerIsANumber", v2(big, {BIG_ROOT: 5}), stp={"name": "n", "files": [["n", BIG]], "pieces": 4},
        why="as without the layer")
    row("V2LayerOfNoFile", v2(big, {BIG_ROOT: BIG_LAYER, b"x" * 32: b"y" * 64}))
    row("V2LayerWithAShortKey", v2(big, {BIG_ROOT: BIG_LAYER, b"x" * 31: b"y" * 64}),
        stp={"name": "n", "files": [["n", BIG]], "pieces": 4}, why="it belongs to no file")
    row("V2InfoUnsorted", torrent(unsorted(("name", "n"), ("meta version", 2), ("file tree", {"a": leaf()}),
                                           ("piece length", PIECE))))
    row("V2WithV1KeysButNoPieces", v2({"a": leaf()}, files=[listed("a")]))


def eval_nested(depth):
    tree = {"f": leaf()}
    for _ in range(depth):
        tree = {"d": tree}
    return tree


def hybrid(tree, files, hashes=1, layers=None, **more):
    return v2(tree, layers, files=files, pieces=b"p" * 20 * hashes, **more)


def hybrids():
    two = {"a": leaf(), "b": leaf(2)}
    gap = pad(PIECE - 1)
    row("HybridOfTwoFiles", hybrid(two, [listed("a"), gap, listed("b", 2)], 2))
    row("HybridWithALastPad", hybrid(two, [listed("a"), gap, listed("b", 2), pad(PIECE - 2)], 2))
    row("HybridWithALastPadTooLong", hybrid(two, [listed("a"), gap, listed("b", 2), pad(PIECE)], 3))
    row("HybridWithAFirstPad", hybrid(two, [pad(PIECE), listed("a"), gap, listed("b", 2)], 3))
    row("HybridWithoutAPad", hybrid(two, [listed("a"), listed("b", 2)], 1))
    row("HybridWithAPadTooShort", hybrid(two, [listed("a"), pad(PIECE - 2), listed("b", 2)], 2))
    row("HybridWithAPadTooLong", hybrid(two, [listed("a"), pad(2 * PIECE - 1), listed("b", 2)], 3))
    row("HybridWithTwoPads", hybrid(two, [listed("a"), pad(5), pad(PIECE - 6), listed("b", 2)], 2),
        stp={"name": "n", "files": [["a", 1], ["b", 2]], "pieces": 2}, why="both parts have the same files in the same places")
    row("HybridWithAnotherName", hybrid(two, [listed("a"), gap, listed("c", 2)], 2))
    row("HybridWithAnotherFolder", hybrid(two, [listed("a"), gap, listed("d/b", 2)], 2))
    row("HybridWithAnotherSize", hybrid(two, [listed("a"), gap, listed("b", 3)], 2))
    row("HybridWithAnotherOrder", hybrid(two, [listed("b", 2), pad(PIECE - 2), listed("a")], 2))
    row("HybridWithAFileLess", hybrid(two, [listed("a")], 1))
    row("HybridWithAFileMore", hybrid(two, [listed("a"), gap, listed("b", 2), pad(PIECE - 2), listed("c")], 3))
    row("HybridWithAnEmptyFileLess", hybrid({"a": leaf(), "b": leaf(0)}, [listed("a")], 1))
    row("HybridWithTooFewPieces", hybrid(two, [listed("a"), gap, listed("b", 2)], 1))
    row("HybridWithTooManyPieces", hybrid(two, [listed("a"), gap, listed("b", 2)], 3))
    row("HybridWithPiecesAlone", v2(two, pieces=b"p" * 40), stp="malformed",
        why="a client of v1 could not read it: it has no files")
    row("HybridThatIsSingleInV1Alone", v2({"a": leaf()}, length=1, pieces=b"p" * 20))
    row("HybridThatIsSingleInV2Alone", hybrid({"n": leaf()}, [listed("n")]))
    row("HybridSingle", v2({"n": leaf()}, length=1, pieces=b"p" * 20))
    row("HybridExecutableInV1Alone", hybrid({"a": leaf()}, [listed("a", attr="x")]))
    row("HybridExecutableInV2Alone", hybrid({"a": leaf(attr="x")}, [listed("a")]))
    row("HybridWithALink", hybrid({"a": leaf(), "l": linked("a")}, [listed("a"), gap, link("l", "a")]))
    row("HybridWithALinkAndNoPad", hybrid({"a": leaf(), "l": linked("a")}, [listed("a"), link("l", "a")]))
    row("HybridWithALinkInV1Alone", hybrid({"a": leaf(), "l": leaf(0)}, [listed("a"), link("l", "a")]))
    row("HybridWithALinkInV2Alone", hybrid({"a": leaf(), "l": linked("a")}, [listed("a"), listed("l", 0)]))
    row("HybridWithLinksToDifferentFiles", hybrid({"a": leaf(), "b": leaf(0), "l": linked("a")},
                                                  [listed("a"), listed("b", 0), link("l", "b")]))
    row("HybridWithAnotherNameInUtf8", hybrid({"a": leaf()}, [listed("a", **{"path.utf-8": ["b"]})]))
    row("HybridWithTheNameInUtf8Alone", hybrid({"a": leaf()}, [listed("b", **{"path.utf-8": ["a"]})]))
    row("HybridWithAnEmptyFolder", hybrid({"a": leaf(), "d": {}}, [listed("a")]))


# what libtorrent says ------------------------------------------------------------------------------------------------


def look(path):
    try:
        info = lt.torrent_info(path)
    except RuntimeError as error:
        return str(error)
    name, files = info.name(), info.files()
    of_v2 = not info.info_hashes().has_v1()

    def below(path):
        # A share of one file has no folder; libtorrent begins every other path with the share's name.
        return path[len(name) + 1:] if path.startswith(name + "/") else "" if path == name else path

    listed_files, links = [], []
    by_hash = name == str(info.info_hashes().v1)
    for i in range(files.num_files()):
        flags = files.file_flags(i)
        if flags & lt.file_storage.flag_pad_file:
            continue
        path = files.file_path(i)
        inside = path if path == name else below(path)
        if flags & lt.file_storage.flag_symlink:
            # libtorrent points what leads nowhere to itself.
            links.append([inside, "" if files.symlink(i) == path else below(files.symlink(i))])
            continue
        listed_files.append([inside, files.file_size(i)])
    if by_hash:
        listed_files = [["" if path == name else path, length] for path, length in listed_files]
    return {
        "name": "" if by_hash else name,  # the info-hash
        "files": listed_files,
        "symlinks": links,
        "pieces": info.num_pieces(),
        "private": info.priv(),
        "trackers": [tracker.url for tracker in info.trackers()],
        "web_seeds": [seed["url"] for seed in info.web_seeds()],
        "nodes": [f"{host}:{port}" for host, port in info.nodes()],
    }


def libtorrent_on(data):
    """In a process of its own: some of these end it."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.torrent")
        with open(path, "wb") as out:
            out.write(data)
        with multiprocessing.Pool(1) as pool:
            return pool.apply_async(look, (path,)).get(timeout=20)


def main():
    for part in (v1_names, v1_clashes, v1_sizes, v1_attributes, dictionaries, around, v2_trees, hybrids):
        part()
    rows = []
    for each in ROWS:
        said = libtorrent_on(each["torrent"])
        row_out = {"name": each["name"], "torrent": each["torrent"].hex(), "libtorrent": said}
        if each["why"]:
            row_out["stp"] = each["stp"]
            row_out["why"] = each["why"]
        rows.append(row_out)
    with open("odd_torrents.json", "w", encoding="utf-8") as out:
        json.dump({"made_with": f"libtorrent {lt.__version__}, odd_torrents_make.py", "rows": rows}, out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main()
