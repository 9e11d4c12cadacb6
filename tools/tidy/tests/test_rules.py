"""A clean tree passes; a planted violation of each rule is found, and its near misses are not."""

import unittest

from planted import RULES, PlantedTree
import bans
from headers import check_headers

# Rule of bans.ini -> a file that breaks it, and its text. Every rule has a row: see EveryRule.
BANNED = {
    "secret-compared": ("net/a.cc", "bool f() { return memcmp(digest, other, 32) == 0; }\n"),
    "secret-operator": ("net/a.cc", "bool f() { return webhook.secret == given; }\n"),
    "digest-operator": ("core/base/a.h", "bool operator==(const Digest& a, const Digest& b);\n"),
    "c-random": ("core/domain/a.cc", "int f() { return std::rand(); }\n"),
    "regex": ("tools/tollgate/a.cc", "static const std::regex kPattern;\n"),
    "unbounded-copy": ("net/a.cc", "void f() { std::sprintf(out, text); }\n"),
    "assert": ("storage/a.cc", "void f() { assert(true); }\n"),
    "using-namespace": ("bench/micro/a.cc", "using namespace std;\n"),
    "using-namespace-header": ("tests/support/a.h", "using namespace core;\n"),
    "console": ("net/a.cc", "void f() { std::cout << 1; }\n"),
    "process-exit": ("storage/a.cc", "void f() { std::exit(1); }\n"),
    "environment": ("net/a.cc", "auto f() { return std::getenv(name); }\n"),
    "exceptions": ("core/service/a.cc", "void f() { throw 1; }\n"),
    "real-clock": ("tests/unit/net/a_test.cc", "auto n = std::chrono::steady_clock::now();\n"),
    "sleep-in-test": ("tests/unit/net/a_test.cc", "void f() { std::this_thread::sleep_for(s); }\n"),
    "disabled-code": ("net/a.cc", "#if 0\n#endif\n"),
    "disabled-test": ("tests/unit/net/a_test.cc", "TEST(Router, DISABLED_FindsTheRoute) {}\n"),
    "test-name": ("tests/unit/net/a_test.cc", "TEST(Router, Works) {}\n"),
    "unfinished": ("net/a.cc", "// TODO: bound this\n"),
    "nolint": ("net/a.cc", "int a;  // NOLINT\n"),
    "file-name": ("net/string_utils.h", "#pragma once\n"),
    "header-name": ("net/router.hpp", "#pragma once\n"),
    "outside-path": ("docs/a.md", "see ../shared/notes\n"),
    "issue-number": ("docs/a.md", "as issue 12 asks\n"),
}

# Rule -> texts that look like it and are right.
ALLOWED = {
    "secret-compared": ("net/a.cc", "bool f() { return memcmp(magic, other, 8) == 0; }\n"),
    "secret-operator": ("net/a.cc", "bool f() { return secret == nullptr; }  // secret == x\n"),
    "c-random": ("core/domain/a.cc", "int operand(int n); int x = operand(1);\n"),
    "unbounded-copy": ("net/a.cc", "void f() { std::snprintf(out, 4, text); }\n"),
    "assert": ("storage/a.cc", "static_assert(sizeof(int) == 4);\n"),
    "console": ("core/base/check.cc", "void f() { std::fprintf(stderr, text); }\n"),
    "process-exit": ("net/a.cc", "void f(Loop& loop, Txn& txn) { loop.exit(1); txn.abort(); }\n"),
    "exceptions": ("net/a.cc", "const char* k = \"throw 1;\";  // never throw here\n"),
    "real-clock": ("core/runtime/clock.cc", "void f() { clock_gettime(a, b); }\n"),
    "sleep-in-test": ("tests/unit/net/a_test.cc", "TEST(A, NeverLetsItSleepForLong) {}\n"),
    "test-name": ("tests/unit/net/a_test.cc", "TEST(Router, FindsIt) {}\n"),
    "unfinished": ("net/a.cc", "// TODO(liburing 2.4): call the library's own\n"),
    "nolint": ("net/a.cc", "int a;  // NOLINT(bugprone-x): the wire says so\n"),
    "file-name": ("net/commonwealth.h", "#pragma once\n"),
    "outside-path": ("tests/unit/net/a_test.cc", "const char* path = \"/../../etc/passwd\";\n"),
}


class CleanTree(PlantedTree):
    def test_passes(self):
        self.assertEqual(self.findings({}), [])

    def test_ignored_folders_are_not_read(self):
        self.assertEqual(self.findings({"build/core/a.h": "assert(0)", "a.swp": "FIXME"}), [])


class EveryRule(PlantedTree):
    def test_has_a_planted_violation_here(self):
        rules = {ban.name for ban in bans.read_bans(RULES / bans.DATA_FILE)}
        self.assertEqual(rules, set(BANNED))

    def test_finds_its_violation(self):
        for rule, (path, text) in BANNED.items():
            with self.subTest(rule):
                self.setUp()
                self.assert_found(rule, path, text)

    def test_leaves_its_near_misses_alone(self):
        for rule, (path, text) in ALLOWED.items():
            with self.subTest(rule):
                self.setUp()
                self.assert_not_found(rule, path, text)


class RuleFiles(PlantedTree):
    def test_an_exception_needs_a_reason(self):
        file = self.rules / "bans.ini"
        file.write_text("[a]\npattern = x\ninstead = y\nexcept =\n  core/a.cc:\n")
        with self.assertRaisesRegex(bans.DataFileError, "gives no reason"):
            bans.read_bans(file)

    def test_a_misspelt_key_is_refused(self):
        file = self.rules / "bans.ini"
        file.write_text("[a]\npattern = x\ninstead = y\nexcluding = core/a.cc: because\n")
        with self.assertRaisesRegex(bans.DataFileError, "excluding"):
            bans.read_bans(file)


class Layers(PlantedTree):
    def test_an_arrow_that_points_up_is_found_in_its_line(self):
        text = "#pragma once\n// first\n#include \"core/domain/bucket.h\"\n"
        self.assert_found("layers", "core/base/bytes.h", text, line=3)

    def test_net_and_storage_never_see_each_other(self):
        self.plant({"storage/lmdb.h": "#pragma once\n", "net/router.h": "#pragma once\n"})
        self.assert_found("layers", "net/a.cc", "#include \"storage/lmdb.h\"\n")
        self.assert_found("layers", "storage/a.cc", "#include \"net/router.h\"\n")

    def test_an_include_from_its_own_folder_is_refused(self):
        self.assert_found("layers", "core/domain/a.cc", "#include \"bucket.h\"\n")

    def test_a_folder_that_no_layer_holds_is_found(self):
        self.assert_found("layers", "extra/a.cc", "#include \"core/base/bytes.h\"\n")

    def test_a_library_has_one_user(self):
        for header in ("liburing.h", "lmdb.h", "openssl/evp.h", "curl/curl.h", "simdjson.h",
                       "spdlog/spdlog.h", "gtest/gtest.h"):
            with self.subTest(header):
                self.assert_found("layers", "core/service/a.cc", f"#include <{header}>\n")

    def test_the_one_user_may(self):
        self.assert_not_found("layers", "storage/lmdb.cc", "#include <lmdb.h>\n")
        self.assert_not_found("layers", "core/base/digest.cc", "#include <openssl/evp.h>\n")

    def test_an_include_in_a_comment_does_not_count(self):
        self.assert_not_found("layers", "net/a.cc", "/*\n#include <lmdb.h>\n*/\n")


class Sizes(PlantedTree):
    def test_a_long_file(self):
        self.assert_found("file-lines", "net/a.cc", "int a;\n" * 501)
        self.assert_not_found("file-lines", "net/a.cc", "int a;\n" * 500)
        self.assert_not_found("file-lines", "tests/unit/net/a_test.cc", "int a;\n" * 800)
        self.assert_found("file-lines", "tests/unit/net/a_test.cc", "int a;\n" * 801)

    def test_a_long_main(self):
        self.assert_found("file-lines", "tools/tollgate/main.cc", "int a;\n" * 60)

    def test_a_long_line(self):
        self.assert_found("columns", "net/a.cc", "int a;\n// " + "x" * 98 + "\n", line=2)
        self.assert_not_found("columns", "net/a.cc", "// " + "é" * 97 + "\n")
        self.assert_not_found("columns", "net/a.cc", 'auto a = R"(' + "x" * 98 + ')";\n')

    def test_a_long_function(self):
        body = "  a();\n"
        too_long = "\nvoid f() {\n" + body * 69 + "}\n"
        self.assert_found("function-lines", "net/a.cc", too_long, line=2)
        self.assert_not_found("function-lines", "net/a.cc", "void f() {\n" + body * 68 + "}\n")

    def test_a_function_on_the_request_path_fits_a_screen(self):
        text = "void f() {\n" + "  a();\n" * 49 + "}\n"
        self.assert_found("function-lines", "core/service/gate.cc", text)
        self.assert_not_found("function-lines", "core/service/catalog.cc", text)

    def test_many_parameters(self):
        self.assert_found("parameters", "net/a.h", "void f(int, int, int, int, int, int);\n")
        self.assert_found("parameters", "net/a.cc", "void f(A a, A b, A c, A d, A e, A g) {}\n")
        self.assert_not_found("parameters", "net/a.h", "void f(int, int, int, int, int);\n")

    def test_a_header_without_its_guard(self):
        self.assert_found("pragma-once", "net/a.h", "int f();\n")


class Mirror(PlantedTree):
    def test_a_source_without_test(self):
        self.assert_found("untested", "net/router.cc", "int a;\n")

    def test_a_header_that_is_all_inline_needs_one(self):
        body = "inline int f() {\n" + "  a();\n" * 6 + "}\n"
        self.assert_found("untested", "net/ring.h", "#pragma once\n" + body)
        self.assert_not_found("untested", "net/ring.h", "#pragma once\nint f();\n")

    def test_a_test_of_one_aspect_counts(self):
        files = {"net/router.cc": "int a;\n", "tests/unit/net/router_model_test.cc": "int b;\n"}
        self.assertEqual(self.findings(files), [])

    def test_a_test_without_source(self):
        self.assert_found("test-without-source", "tests/unit/net/nobody_test.cc", "int a;\n")

    def test_a_test_of_several_sources_needs_a_reason(self):
        test = "tests/unit/net/everybody_test.cc"
        self.excuse(f"{test}: how the sources of net fit together")
        self.assert_not_found("test-without-source", test, "int a;\n")

    def test_a_reason_excuses_until_it_is_stale(self):
        self.excuse("net/router.cc: tested through its user\n")
        found = {f.rule for f in self.findings({"net/router.cc": "int a;\n"})}
        self.assertNotIn("untested", found)
        (self.root / "net/router.cc").unlink()
        self.assertIn("stale-reason", {f.rule for f in self.findings({})})


class HeadersAlone(PlantedTree):
    def run_check(self, files: dict[str, str]):
        return check_headers(self.plant(files), self.root / "build" / "passed", jobs=2)

    def test_a_header_that_needs_another_is_found(self):
        found = self.run_check({"net/a.h": "#pragma once\nstd::string f();\n"})
        self.assertEqual([(f.path, f.rule) for f in found], [("net/a.h", "header-alone")])

    def test_a_passed_header_is_compiled_again_when_what_it_includes_changed(self):
        files = {"net/a.h": "#pragma once\n#include \"core/base/bytes.h\"\nint f(int a = one());\n"}
        self.assertEqual(self.run_check(files), [])
        files["core/base/bytes.h"] = "#pragma once\ninline int two() { return 2; }\n"
        self.assertEqual([f.path for f in self.run_check(files)], ["net/a.h"])


if __name__ == "__main__":
    unittest.main()
