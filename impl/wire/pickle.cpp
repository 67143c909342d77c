#include "impl/wire/pickle.hpp"

#include <bit>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include <boost/endian/conversion.hpp>
#include <fmt/format.h>

#include "impl/net/basics.hpp"
#include "impl/wire/pickle_opcodes.hpp"
#include "impl/wire/text.hpp"

namespace badwire::wire {

namespace {

using boost::endian::order;

constexpr std::string_view class_module = "employee";
constexpr std::string_view class_name = "Employee";

template <typename Number, order Order = order::little>
Number load(std::string_view bytes)
{
    return boost::endian::endian_load<Number, sizeof(Number), Order>(
        reinterpret_cast<const unsigned char*>(bytes.data()));
}

template <order Order = order::little, typename Number>
void append(std::string& out, Number number)
{
    unsigned char bytes[sizeof(Number)];
    boost::endian::endian_store<Number, sizeof(Number), Order>(bytes, number);
    out.append(reinterpret_cast<const char*>(bytes), sizeof(Number));
}

// What is on the unpickler's stack. Texts are views of the input. A dict and an object hold no
// value here: there may be only one of each.
struct value {
    enum class kind { mark, integer, real, text, empty_tuple, dict, employee_class, object };
    kind what;
    std::int64_t integer = 0;
    double real = 0;
    std::string_view text = {};
};
using kind = value::kind;

class unpickler {
public:
    explicit unpickler(std::string_view bytes) : rest_(bytes) {}

    employee run()
    {
        if (take(1)[0] != opcode::proto) refuse("it does not start with a protocol number");
        check_protocol();
        while (!done_) step(take(1)[0]);
        if (!rest_.empty()) refuse("bytes follow its end");
        return result();
    }

private:
    [[noreturn]] static void refuse(std::string_view why)
    {
        throw net::failure(fmt::format("refused the pickle: {}", why));
    }

    std::string_view take(std::uint64_t size)
    {
        if (size > rest_.size()) refuse("it is cut short");
        const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(size));
        rest_.remove_prefix(taken.size());
        return taken;
    }

    template <typename Number>
    Number take_number()
    {
        return load<Number>(take(sizeof(Number)));
    }

    std::string_view take_line()
    {
        const std::size_t end = rest_.find('\n');
        if (end == std::string_view::npos) refuse("it is cut short");
        return take(end + 1).substr(0, end);
    }

    void check_protocol()
    {
        const unsigned protocol = take_number<std::uint8_t>();
        if (protocol < 2 || protocol > 5)
            refuse(fmt::format("its protocol is {}, not one of 2 to 5", protocol));
    }

    void step(char code)
    {
        switch (code) {
        case opcode::stop: done_ = true; break;
        case opcode::proto: check_protocol(); break;
        case opcode::frame:
            if (take_number<std::uint64_t>() > rest_.size()) refuse("it is cut short");
            break;
        case opcode::mark: push({kind::mark}); break;
        case opcode::empty_tuple: push({kind::empty_tuple}); break;
        case opcode::empty_dict:
            if (std::exchange(has_dict_, true)) refuse("it holds more than one dict");
            push({kind::dict});
            break;

        case opcode::binint: push_integer(take_number<std::int32_t>()); break;
        case opcode::binint1: push_integer(take_number<std::uint8_t>()); break;
        case opcode::binint2: push_integer(take_number<std::uint16_t>()); break;
        case opcode::long1: take_long(); break;
        case opcode::binfloat:
            push({kind::real, 0, std::bit_cast<double>(load<std::uint64_t, order::big>(take(8)))});
            break;
        case opcode::short_binunicode: push_text(take(take_number<std::uint8_t>())); break;
        case opcode::binunicode: push_text(take(take_number<std::uint32_t>())); break;
        case opcode::binunicode8: push_text(take(take_number<std::uint64_t>())); break;

        case opcode::memoize: put(static_cast<std::uint32_t>(memo_.size())); break;
        case opcode::binput: put(take_number<std::uint8_t>()); break;
        case opcode::long_binput: put(take_number<std::uint32_t>()); break;
        case opcode::binget: get(take_number<std::uint8_t>()); break;
        case opcode::long_binget: get(take_number<std::uint32_t>()); break;

        case opcode::global: {
            const std::string_view module = take_line();
            push_class(module, take_line());
            break;
        }
        case opcode::stack_global: {
            const value name = pop(kind::text);
            push_class(pop(kind::text).text, name.text);
            break;
        }
        case opcode::newobj: make_object(); break;
        case opcode::setitem: set_items(stack_.size() < 2 ? 0 : stack_.size() - 2); break;
        case opcode::setitems: set_items(take_mark()); break;
        case opcode::build: build_object(); break;
        default:
            refuse(fmt::format("opcode {} (0x{:02x}) has no place in an Employee",
                               opcode::name_of(code), static_cast<unsigned char>(code)));
        }
    }

    void make_object()
    {
        pop(kind::empty_tuple);
        pop(kind::employee_class);
        if (std::exchange(has_object_, true)) refuse("it holds more than one object");
        push({kind::object});
    }

    void build_object()
    {
        pop(kind::dict);
        if (stack_.empty() || stack_.back().what != kind::object)
            refuse("its state belongs to no object");
        built_ = true;
    }

    // Takes the last mark off the stack; what stood above it now begins at the returned place.
    std::size_t take_mark()
    {
        std::size_t mark = stack_.size();
        while (mark > 0 && stack_[mark - 1].what != kind::mark) --mark;
        if (mark == 0) refuse("a mark is missing");
        stack_.erase(stack_.begin() + static_cast<std::ptrdiff_t>(mark) - 1);
        return mark - 1;
    }

    void push(value pushed) { stack_.push_back(pushed); }
    void push_integer(std::int64_t number) { push({kind::integer, number}); }
    void push_text(std::string_view text) { push({kind::text, 0, 0, text}); }

    value pop(kind wanted)
    {
        if (stack_.empty() || stack_.back().what != wanted) refuse("its stack is out of order");
        const value popped = stack_.back();
        stack_.pop_back();
        return popped;
    }

    void push_class(std::string_view module, std::string_view name)
    {
        if (module != class_module || name != class_name)
            refuse(fmt::format("it names {}.{}; only {}.{} is known", printable(module),
                               printable(name), class_module, class_name));
        push({kind::employee_class});
    }

    // LONG1: a length, then two's complement, little-endian.
    void take_long()
    {
        const std::string_view bytes = take(take_number<std::uint8_t>());
        if (bytes.size() > 8) refuse("it holds an integer beyond 64 bits");
        std::uint64_t number = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            number |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
        if (!bytes.empty() && bytes.size() < 8 && (bytes.back() & 0x80))
            number |= ~std::uint64_t{0} << (8 * bytes.size());
        push_integer(static_cast<std::int64_t>(number));
    }

    void put(std::uint32_t index)
    {
        if (stack_.empty() || stack_.back().what == kind::mark) refuse("it remembers nothing");
        memo_[index] = stack_.back();
    }

    void get(std::uint32_t index)
    {
        const auto found = memo_.find(index);
        if (found == memo_.end()) refuse("it recalls what it did not remember");
        push(found->second);
    }

    // Moves the keys and values from `first` on into the dict beneath them.
    void set_items(std::size_t first)
    {
        const std::size_t count = stack_.size() - first;
        if (first == 0 || stack_[first - 1].what != kind::dict || count % 2 != 0)
            refuse("its stack is out of order");
        for (std::size_t i = first; i < stack_.size(); i += 2) set_item(stack_[i], stack_[i + 1]);
        stack_.resize(first, {kind::mark});
    }

    void set_item(const value& key, const value& item)
    {
        if (key.what != kind::text) refuse("a key of its dict is not text");
        if (key.text == "emp_id" && item.what == kind::integer) id_ = item.integer;
        else if (key.text == "name" && item.what == kind::text) name_ = item.text;
        else if (key.text == "salary" && item.what == kind::integer) salary_ = item.integer;
        else if (key.text == "salary" && item.what == kind::real) salary_ = item.real;
        else refuse(fmt::format("field {} is unknown or of the wrong type", printable(key.text)));
    }

    employee result() const
    {
        if (stack_.size() != 1 || stack_.back().what != kind::object || !built_)
            refuse("it is not one object of class employee.Employee with its fields");
        if (!id_ || !name_ || !salary_) refuse("emp_id, name or salary is missing");
        return {*id_, std::string(*name_), *salary_};
    }

    std::string_view rest_;
    std::vector<value> stack_;
    std::map<std::uint32_t, value> memo_;
    bool has_dict_ = false;
    bool has_object_ = false;
    bool built_ = false;
    bool done_ = false;
    std::optional<std::int64_t> id_;
    std::optional<std::string_view> name_;
    std::optional<std::variant<std::int64_t, double>> salary_;
};

void append_text(std::string& out, std::string_view text)
{
    if (text.size() < 256) {
        out += opcode::short_binunicode;
        append(out, static_cast<std::uint8_t>(text.size()));
    } else {
        out += opcode::binunicode;
        append(out, static_cast<std::uint32_t>(text.size()));
    }
    out += text;
    out += opcode::memoize;
}

void append_value(std::string& out, std::int64_t number)
{
    if (number >= std::numeric_limits<std::int32_t>::min() &&
        number <= std::numeric_limits<std::int32_t>::max()) {
        out += opcode::binint;
        append(out, static_cast<std::int32_t>(number));
    } else {
        out += opcode::long1;
        append(out, std::uint8_t{8});
        append(out, number);
    }
}

void append_value(std::string& out, double number)
{
    out += opcode::binfloat;
    append<order::big>(out, std::bit_cast<std::uint64_t>(number));
}

} // namespace

std::string pickle(const employee& who)
{
    std::string body;
    append_text(body, class_module);
    append_text(body, class_name);
    body += opcode::stack_global;
    body += opcode::empty_tuple;
    body += opcode::newobj;
    body += opcode::empty_dict;
    body += opcode::mark;
    append_text(body, "emp_id");
    append_value(body, who.id);
    append_text(body, "name");
    append_text(body, who.name);
    append_text(body, "salary");
    std::visit([&](auto salary) { append_value(body, salary); }, who.salary);
    body += opcode::setitems;
    body += opcode::build;
    body += opcode::stop;

    std::string out{opcode::proto, '\x04', opcode::frame};
    append(out, static_cast<std::uint64_t>(body.size()));
    return out + body;
}

employee unpickle(std::string_view bytes)
{
    if (bytes.size() > employee_size_max)
        throw net::failure(
            fmt::format("refused the pickle: it is larger than {} bytes", employee_size_max));
    return unpickler(bytes).run();
}

} // namespace badwire::wire
