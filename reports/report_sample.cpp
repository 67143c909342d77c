// Makes a report from results.json on standard input: report_sample html|junit < results.json
// The tests check its output with a browser and an XML parser.
#include <exception>
#include <iostream>
#include <string_view>

#include <nlohmann/json.hpp>

#include "reports/report.hpp"

int main(int argc, char** argv)
{
    const std::string_view format = argc == 2 ? argv[1] : "";
    if (format != "html" && format != "junit") {
        std::cerr << "usage: report_sample html|junit < results.json\n";
        return 2;
    }
    try {
        const auto results = nlohmann::json::parse(std::cin);
        std::cout << (format == "html" ? badwire::reports::html_report(results)
                                       : badwire::reports::junit_report(results));
    } catch (const std::exception& error) {
        std::cerr << "report_sample: " << error.what() << '\n';
        return 1;
    }
}
