#include "harness/scenario/process_load.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "harness/scenario/references.hpp"
#include "harness/scenario/scenario.hpp"
#include "impl/base/text_file.hpp"

namespace badwire::harness {
namespace {

constexpr std::size_t arrivals_file_bytes_max = std::size_t{256} << 20;

bool asks_for_work(const process_spec& process)
{
    const auto mentions = [](const std::string& word) {
        return word.find("${work}") != std::string::npos;
    };
    return std::ranges::any_of(process.words, mentions) ||
           std::ranges::any_of(process.env, [&](const auto& one) { return mentions(one.second); });
}

} // namespace

std::uint64_t process_load::work_of(const process_spec& process, std::uint64_t seed) const
{
    return work->whole(load::draws(seed, process.family + "/work").at(process.place));
}

void read_process_load(process_spec& into, const reading& at, const scenario& in)
{
    process_load made;
    at.with("arrivals", [&](const reading& arrivals) {
        made.arrivals = load::read_arrivals(arrivals, [&](const reading& name) {
            const std::string original = name.text("the name of a file beside the scenario");
            const auto found = in.file_beside(original);
            if (!found)
                name.wrong(fmt::format("there is no file \"{}\" in the scenario's folder {}",
                                       original, in.folder.string()));
            try {
                made.file = *found;
                return read_regular_file(*found, arrivals_file_bytes_max);
            } catch (const unreadable& error) {
                name.wrong(fmt::format("{}: {}", original, error.what()));
            }
        });
    });
    at.with("work", [&](const reading& work) { made.work = load::read_work(work); });
    at.with("patience",
            [&](const reading& patience) { made.patience = load::read_times(patience); });
    for (const char* const key : {"arrivals", "work", "patience"})
        if (at.has(key)) made.asked[key] = at.at(key).value();
    if (!made.asked.is_null()) into.load = std::make_shared<const process_load>(std::move(made));
}

void check_process_load(const process_spec& first, std::size_t copies, const reading& at)
{
    const bool whole_load = first.program == load_program;
    if (!first.load || whole_load) return;
    const process_load& of = *first.load;
    if (of.arrivals)
        if (const auto listed = of.arrivals->listed(); listed && *listed < copies)
            at.at("arrivals")
                .wrong(
                    fmt::format("there are {} times for {} clients (\"count\")", *listed, copies));
    if (of.work && !asks_for_work(first))
        at.at("work").wrong("nothing asks for it: write ${work} among the arguments");
}

std::vector<theory_spec> read_theory(const reading& at, const scenario& in)
{
    std::vector<theory_spec> all;
    at.check_object(
        R"(models by the clients whose waiting they predict, such as {"client": "M/D/1"})");
    at.each([&](const std::string& name, const reading& one) {
        theory_spec made;
        made.clients = name;
        check_process_name(name, in, one.pointer());
        const auto read_model = [&](const reading& text) {
            const auto model = theory::parse_queue(text.text(theory::queue_format));
            if (!model) text.expected(theory::queue_format);
            made.model = *model;
        };
        if (one.value().is_string()) read_model(one);
        else {
            one.check_object(R"(a model such as {"model": "M/M/1", "service": "1ms"})",
                             {"model", "service", "warm_up", "precision"});
            one.need("model", std::string(theory::queue_format), read_model);
            one.with("service", [&](const reading& time) { made.service = time.time(); });
            one.with("warm_up", [&](const reading& share) {
                made.warm_up = share.number("a share of the requests from 0 to 0.9", 0, 0.9);
            });
            one.with("precision", [&](const reading& share) {
                made.precision = share.number("a share of the mean from 0.001 to 1", 0.001, 1);
            });
        }
        const auto family = in.family(name);
        const auto& load = family.front()->load;
        if (!load || !load->arrivals || !load->arrivals->poisson_rate())
            one.wrong(
                fmt::format("the theory is about clients that come as a Poisson process; give {} "
                            "\"arrivals\" such as {{\"poisson\": \"20/s\"}}",
                            name));
        all.push_back(std::move(made));
    });
    return all;
}

} // namespace badwire::harness
