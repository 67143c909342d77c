// Makes a report from results.json on standard input: report_sample html|junit < results.json
// and the page of the live view, which reads nothing: report_sample live
// The tests check its output with a browser and an XML parser.
#include <exception>
#include <iostream>
#include <string_view>

#include <nlohmann/json.hpp>

#include "reports/live.hpp"
#include "reports/report.hpp"

int main(int argc, char** argv)
{
    const std::string_view format = argc == 2 ? argv[1] : "";
    if (format == "live") {
        std::cout << badwire::reports::live_page("a sample");
        return 0;
    }
    if (format != "html" && format != "junit") {
        std::cerr << "usage: report_sample html|junit < results.json, report_sample live\n";
        return 2;
    }
    try {
        const auto results = nlohmann::json::parse(std::cin);
        std::cout << (format == "html" ? badwire::reports::html_report({"-", results, {}, nullptr})
                                       : badwire::reports::junit_report(results));
    } catch (const std::exception& error) {
        std::cerr << "report_sample: " << error.what() << '\n';
        return 1;
    }
}
