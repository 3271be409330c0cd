CREATE TABLE mock_operator.edition (number int NOT NULL);

CREATE TABLE mock_operator.subscriber (
    phone       text PRIMARY KEY,
    name        text NOT NULL,
    language    text NOT NULL CHECK (language IN ('ru', 'zh')),
    tariff      text NOT NULL,
    ordered     text,                    -- the tariff that takes effect on ordered_on
    ordered_on  date,
    fee_day     int NOT NULL CHECK (fee_day BETWEEN 1 AND 28),
    balance     numeric(12, 2) NOT NULL,
    blocked     boolean NOT NULL,
    minutes     numeric NOT NULL,        -- left this month, as are the next three
    gigabytes   numeric NOT NULL,        -- not looked at while the tariff is unlimited
    sms         numeric NOT NULL,
    china       numeric NOT NULL,        -- counts only while the service with minutes to China is on
    overspent   numeric(12, 2) NOT NULL, -- roubles beyond the packages this month
    owner       int NOT NULL DEFAULT 1,  -- which one since the number exists
    sim         int NOT NULL DEFAULT 1,  -- which card
    CHECK ((ordered IS NULL) = (ordered_on IS NULL))
);

CREATE TABLE mock_operator.connected (
    phone    text NOT NULL REFERENCES mock_operator.subscriber ON DELETE CASCADE,
    service  text NOT NULL,
    since    date NOT NULL,
    PRIMARY KEY (phone, service)
);

CREATE TABLE mock_operator.bought (     -- one-off packages
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    phone    text NOT NULL REFERENCES mock_operator.subscriber ON DELETE CASCADE,
    service  text NOT NULL,
    amount   numeric NOT NULL CHECK (amount >= 0), -- left
    until    date NOT NULL
);
CREATE INDEX ON mock_operator.bought (phone);

CREATE TABLE mock_operator.charge (     -- what people did that cost money; the monthly fees follow from the calendar
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    phone    text NOT NULL REFERENCES mock_operator.subscriber ON DELETE CASCADE,
    day      date NOT NULL,
    kind     text NOT NULL CHECK (kind IN ('service', 'tariff', 'promise')),
    code     text NOT NULL,
    amount   numeric(12, 2) NOT NULL CHECK (amount > 0)
);
CREATE INDEX ON mock_operator.charge (phone, day);

CREATE TABLE mock_operator.promise (
    phone    text PRIMARY KEY REFERENCES mock_operator.subscriber ON DELETE CASCADE,
    amount   numeric(12, 2) NOT NULL CHECK (amount > 0),
    until    date NOT NULL                          -- the amount is taken back the day after
);

CREATE TABLE mock_operator.request (    -- changes are made once, however often they are asked for
    phone      text NOT NULL REFERENCES mock_operator.subscriber ON DELETE CASCADE,
    change     text NOT NULL,                       -- what and of which product
    request_id text NOT NULL,
    answer     text NOT NULL,
    PRIMARY KEY (phone, change, request_id)
);
