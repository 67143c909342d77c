#include "impl/wire/employee.hpp"

#include <limits>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "impl/net/basics.hpp"
#include "impl/wire/pickle.hpp"
#include "impl/wire/text.hpp"

namespace badwire::wire {

namespace {

using nlohmann::json;

// Takes the parser's events instead of its tree: nesting is refused when it begins, so a hostile
// document costs neither memory nor stack.
class employee_events : public nlohmann::json_sax<json> {
public:
    bool null() override { return refuse("a null"); }
    bool boolean(bool) override { return refuse("a boolean"); }
    bool number_integer(std::int64_t number) override { return integer(number); }
    bool number_unsigned(std::uint64_t number) override
    {
        if (number > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
            return refuse("a number beyond 64 bits");
        return integer(static_cast<std::int64_t>(number));
    }
    bool number_float(double number, const std::string&) override
    {
        if (key_ != "salary") return refuse("a fraction");
        salary_ = number;
        return true;
    }
    bool string(std::string& text) override
    {
        if (key_ != "name") return refuse("text");
        name_ = text;
        return true;
    }
    bool binary(json::binary_t&) override { return refuse("bytes"); }
    bool start_object(std::size_t) override
    {
        return std::exchange(inside_, true) ? refuse("a map") : true;
    }
    bool key(std::string& key) override
    {
        key_ = key;
        if (key_ == "emp_id" || key_ == "name" || key_ == "salary") return true;
        return refuse("a value");
    }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return refuse("a list"); }
    bool end_array() override { return true; }
    bool parse_error(std::size_t position, const std::string&, const json::exception&) override
    {
        if (problem_.empty()) problem_ = fmt::format("it makes no sense at byte {}", position);
        return false;
    }

    employee result(codec from) const
    {
        std::string problem = problem_;
        if (problem.empty() && !(id_ && name_ && salary_))
            problem = "emp_id, name or salary is missing";
        if (!problem.empty())
            throw net::failure(
                fmt::format("cannot read the object as {}: {}", name_of(from), problem));
        return {*id_, *name_, *salary_};
    }

private:
    bool integer(std::int64_t number)
    {
        if (key_ == "emp_id") id_ = number;
        else if (key_ == "salary") salary_ = number;
        else return refuse("a number");
        return true;
    }

    bool refuse(std::string_view what)
    {
        problem_ = key_.empty() ? fmt::format("{} is not an employee", what)
                                : fmt::format("field {} must not hold {}", printable(key_), what);
        return false;
    }

    bool inside_ = false;
    std::string key_;
    std::optional<std::int64_t> id_;
    std::optional<std::string> name_;
    std::optional<std::variant<std::int64_t, double>> salary_;
    std::string problem_;
};

std::optional<codec> recognise(std::string_view bytes)
{
    const auto at = [&](std::size_t i) {
        return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u;
    };
    const unsigned first = at(0);
    if (first == 0x80 && at(1) >= 2 && at(1) <= 5) return codec::pickle; // PROTO and its number
    if ((first > 0x80 && first <= 0x8f) || first == 0xde || first == 0xdf) return codec::msgpack;
    if (first >= 0xa0 && first <= 0xbf) return codec::cbor;
    if (first == '{' || first == ' ' || first == '\n' || first == '\r' || first == '\t')
        return codec::json;
    return std::nullopt;
}

std::string encode_with_json(const employee& who, codec which)
{
    json object = {{"emp_id", who.id}, {"name", who.name}};
    std::visit([&](auto salary) { object["salary"] = salary; }, who.salary);
    std::string bytes;
    try {
        const std::string text = object.dump(); // also checks that the name is UTF-8
        if (which == codec::json) bytes = text;
        if (which == codec::cbor) json::to_cbor(object, bytes);
        if (which == codec::msgpack) json::to_msgpack(object, bytes);
    } catch (const json::exception&) {
        throw net::failure("cannot encode the object: its name is not UTF-8 text");
    }
    return bytes;
}

} // namespace

std::string_view name_of(codec which)
{
    switch (which) {
    case codec::json: return "json";
    case codec::cbor: return "cbor";
    case codec::msgpack: return "msgpack";
    case codec::pickle: return "pickle";
    }
    return "?";
}

std::string encode(const employee& who, codec which)
{
    std::string bytes = which == codec::pickle ? pickle(who) : encode_with_json(who, which);
    if (bytes.size() > employee_size_max)
        throw net::failure(fmt::format("the object takes {} bytes, more than the {} that are "
                                       "allowed; choose a shorter name",
                                       bytes.size(), employee_size_max));
    return bytes;
}

decoded_employee decode_employee(std::string_view bytes)
{
    if (bytes.size() > employee_size_max)
        throw net::failure(
            fmt::format("the object is larger than the {} bytes allowed", employee_size_max));
    const auto from = recognise(bytes);
    if (!from)
        throw net::failure("cannot read the object: it is neither json, cbor, msgpack nor a pickle "
                           "of protocol 2 to 5");
    if (*from == codec::pickle) return {unpickle(bytes), *from};

    const auto format = *from == codec::cbor      ? nlohmann::detail::input_format_t::cbor
                        : *from == codec::msgpack ? nlohmann::detail::input_format_t::msgpack
                                                  : nlohmann::detail::input_format_t::json;
    employee_events events;
    json::sax_parse(bytes.begin(), bytes.end(), &events, format);
    return {events.result(*from), *from};
}

} // namespace badwire::wire
